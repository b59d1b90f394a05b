import { engineSocket, findEngine } from "../../geocache/hosts/engine.ts";
import { hasImage, imageName } from "../../geocache/hosts/image.ts";
import { usesOwnTemporal } from "../../activities/clients/own-temporal.ts";
import { findTool } from "./find-tool.ts";
import { neededTools } from "./needed-tools.ts";
import { goModuleVersion, versionOutput } from "./versions.ts";

export type Dependency = {
  readonly name: string;
  /** Where it was found; null when it was not. */
  readonly found: string | null;
  readonly version: string | null;
  readonly good: boolean;
  /** Without it something is left out, but drills run. */
  readonly optional: boolean;
  /** What to do when it is not good; null when it is. */
  readonly help: string | null;
};

const NODE_MAJOR = 24;
const REDIS_MAJOR = 7;

export async function checkDependencies(): Promise<Dependency[]> {
  return Promise.all([
    Promise.resolve(checkNode()),
    checkTemporal(),
    checkK6(),
    checkRedis(),
    checkDocker(),
    checkImage(),
    checkChromium(),
  ]);
}

function checkNode(): Dependency {
  const good = Number(process.versions.node.split(".")[0]) >= NODE_MAJOR;
  const help = good ? null : "bin/lifeboat installs Node 24 by itself: start it by that, not by node";
  return { name: "node", found: process.execPath, version: process.versions.node, good, optional: false, help };
}

async function checkTemporal(): Promise<Dependency> {
  if (usesOwnTemporal()) {
    const found = process.env["TEMPORAL_ADDRESS"] ?? `profile ${process.env["TEMPORAL_PROFILE"] ?? "default"}`;
    return { name: "temporal", found, version: "your own", good: true, optional: false, help: null };
  }
  const { variable, help } = neededTools.temporal;
  const found = await findTool("temporal", variable);
  if (!found) return missing("temporal", help);
  const said = /temporal version (\S+)/.exec(await versionOutput(found, ["--version"]))?.[1];
  const version = said && !said.startsWith("0.0.0") ? said : ((await goModuleVersion(found)) ?? said ?? null);
  return present("temporal", found, version);
}

async function checkK6(): Promise<Dependency> {
  const { variable, help } = neededTools.k6;
  const found = await findTool("k6", variable);
  if (!found) return missing("k6", help);
  return present("k6", found, /v(\d+\.\d+\.\d+)/.exec(await versionOutput(found, ["version"]))?.[1] ?? null);
}

async function checkRedis(): Promise<Dependency> {
  const { variable, help } = neededTools["redis-server"];
  const found = await findTool("redis-server", variable);
  if (!found) return missing("redis-server", help);
  const version = /v=(\d+\.\d+\.\d+)/.exec(await versionOutput(found, ["--version"]))?.[1] ?? null;
  const good = Number(version?.split(".")[0]) >= REDIS_MAJOR;
  return { ...present("redis-server", found, version), good, help: good ? null : `${help}; version 7 or newer` };
}

async function checkDocker(): Promise<Dependency> {
  const base = { name: "docker engine", optional: true };
  try {
    const { info } = await findEngine();
    const found = engineSocket() ?? null;
    return { ...base, found, version: String(info.containerRuntime.serverVersion), good: true, help: null };
  } catch {
    const help = "optional: caches run as processes without it; start a Docker engine to use containers";
    return { ...base, found: null, version: null, good: false, help };
  }
}

async function checkImage(): Promise<Dependency> {
  const image = imageName();
  const there = await hasImage(image).catch(() => false);
  const help = there ? null : `optional: caches run in containers of it; docker pull ${image}, or LIFEBOAT_REDIS_IMAGE`;
  const [, version = null] = /:([^:/]+)$/.exec(image) ?? [];
  return { name: "redis image", found: there ? image : null, version, good: there, optional: true, help };
}

async function checkChromium(): Promise<Dependency> {
  const names = ["chromium", "chromium-browser", "google-chrome"];
  const files = await Promise.all(names.map((name) => findTool(name, "LIFEBOAT_CHROMIUM")));
  const found = files.find((file) => file !== undefined);
  if (!found) {
    const help = "optional: only the tests of the report's looks need it; apt-get install chromium";
    return { ...missing("chromium", help), optional: true };
  }
  const version = /(\d+\.\d+[\d.]*)/.exec(await versionOutput(found, ["--version"]))?.[1] ?? null;
  return { ...present("chromium", found, version), optional: true };
}

function missing(name: string, help: string): Dependency {
  return { name, found: null, version: null, good: false, optional: false, help };
}

function present(name: string, found: string, version: string | null): Dependency {
  return { name, found, version, good: true, optional: false, help: null };
}
