import { rm } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { LifeboatError, messageOf } from "../../base/errors.ts";
import { readJson, writeFileAtomic } from "../../base/files.ts";
import type { CacheHost } from "./cache-host.ts";
import { createContainerHost } from "./container-host.ts";
import { imageName, requireImage } from "./image.ts";
import { createProcessHost } from "./process-host.ts";
import { requireReachable } from "./reach.ts";

const choiceSchema = z.object({
  kind: z.enum(["process", "container"]),
  /** For people: why this one. */
  why: z.string(),
});
export type HostChoice = z.infer<typeof choiceSchema>;

/** `<home>/cache-host.json`: what was chosen. `lifeboat down` removes it. */
function choiceFile(home: string): string {
  return path.join(home, "cache-host.json");
}

export async function readChoice(home: string): Promise<HostChoice | undefined> {
  const found = choiceSchema.safeParse(await readJson(choiceFile(home)).catch(() => undefined));
  return found.success ? found.data : undefined;
}

export function describeChoice({ kind, why }: HostChoice): string {
  return `caches run as ${kind === "container" ? "containers" : "processes"}: ${why}`;
}

export async function forgetChoice(home: string): Promise<void> {
  await rm(choiceFile(home), { force: true });
}

export function createHost(kind: HostChoice["kind"], home: string): CacheHost {
  return kind === "container" ? createContainerHost(home) : createProcessHost(home);
}

/**
 * Where caches run: what LIFEBOAT_HOST says, else containers when an engine answers and has or gets the image. The
 * choice is kept until `lifeboat down`, so that a control plane that is restarted finds its caches.
 * @throws BAD_INPUT; UNAVAILABLE, TOOL_MISSING when containers were asked for and cannot be had
 */
export async function chooseHost(home: string, env = process.env): Promise<HostChoice> {
  const choice = await choose(home, env["LIFEBOAT_HOST"] ?? "auto", imageName(env));
  await writeFileAtomic(choiceFile(home), JSON.stringify(choice));
  return choice;
}

async function choose(home: string, asked: string, image: string): Promise<HostChoice> {
  if (asked === "process") return { kind: "process", why: "LIFEBOAT_HOST=process" };
  if (asked === "container") {
    await requireContainers(image);
    return { kind: "container", why: `LIFEBOAT_HOST=container, image ${image}` };
  }
  if (asked !== "auto") {
    throw new LifeboatError("BAD_INPUT", `LIFEBOAT_HOST: must be process, container or auto, not "${asked}"`);
  }
  return (await readChoice(home)) ?? (await whatIsPossible(image));
}

async function whatIsPossible(image: string): Promise<HostChoice> {
  try {
    await requireContainers(image);
    return { kind: "container", why: `a Docker engine answers, image ${image}` };
  } catch (error) {
    return { kind: "process", why: messageOf(error) };
  }
}

/** @throws UNAVAILABLE, TOOL_MISSING */
async function requireContainers(image: string): Promise<void> {
  await requireReachable();
  await requireImage(image);
}
