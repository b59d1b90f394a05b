import { spawn, type ChildProcess, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Readable } from "node:stream";
import { parse, stringify } from "yaml";
import { readJson } from "../../base/files.ts";
import { projectRoot } from "../../base/paths.ts";
import { identityOf, type ProcessIdentity } from "../../base/processes.ts";
import { waitFor } from "../../base/waits.ts";
import { verdictSchema } from "../../evidence/bundle.ts";
import type { DrillEvent } from "../../evidence/events.ts";
import { files } from "../../evidence/layout.ts";
import type { Ran } from "../whole-drill.test-helper.ts";

const fixture = path.join(import.meta.dirname, "..", "fixtures", "small-outage.yaml");
const PHASE_TIMEOUT_MS = 90_000;
const SEALED_TIMEOUT_MS = 120_000;

/** Where drills run: an installation's environment, and its files as seen from here. */
export type Place = {
  readonly env: NodeJS.ProcessEnv;
  /** Holds home, bundles and keys. */
  readonly folder: string;
  readonly bundles: string;
  /** What precedes every command. */
  readonly enter: readonly string[];
};

/** A drill under way, started by the command line as a person would. */
export type RunningDrill = {
  readonly identity: ProcessIdentity;
  readonly child: ChildProcess;
  readonly ended: Promise<Ran>;
  output(): string;
};

/** The small outage with other settings, as a file. */
export async function scenarioWith(place: Place, changes: Record<string, unknown>): Promise<string> {
  const file = path.join(place.folder, "scenario.yaml");
  await writeFile(file, stringify({ ...parse(await readFile(fixture, "utf8")), ...changes }));
  return file;
}

export function outage(mode: "freeze" | "kill", holdMs: number): Record<string, unknown>[] {
  return [{ kind: "region-outage", region: "westeurope", mode, holdMs }];
}

export async function startDrill(place: Place, scenario: string): Promise<RunningDrill> {
  const child = spawnLifeboat(place, ["drill", scenario]);
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = new Promise<Ran>((resolve) => {
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
  await once(child, "spawn");
  const identity = identityOf(child.pid ?? 0);
  if (!identity) throw new Error(`the drill ended at once: ${stderr}`);
  return { identity, child, ended, output: () => stdout + stderr };
}

/** Waits until a drill under way has written an event of that type in that phase; answers the drill's id. */
export async function untilEvent(
  place: Place,
  drill: RunningDrill,
  { type, phase }: Pick<DrillEvent, "type" | "phase">,
): Promise<string> {
  const found = await waitFor(
    async () => {
      if (drill.child.exitCode !== null) return { drillId: null };
      const drillId = /drill (\S+) has started/.exec(drill.output())?.[1];
      if (drillId === undefined) return undefined;
      const events = await eventsOf(place, drillId);
      return events.some((event) => event.type === type && event.phase === phase) ? { drillId } : undefined;
    },
    { what: `${type} in ${phase}`, timeoutMs: PHASE_TIMEOUT_MS, intervalMs: 50 },
  );
  if (found.drillId === null) throw new Error(`the drill ended before ${type} in ${phase}: ${drill.output()}`);
  return found.drillId;
}

export async function eventsOf(place: Place, drillId: string): Promise<DrillEvent[]> {
  const text = await readFile(path.join(place.bundles, drillId, files.events), "utf8");
  const lines = text.slice(0, text.lastIndexOf("\n") + 1).split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as DrillEvent);
}

/** Waits until a drill's bundle is sealed, checks it as a stranger would, and answers its verdict. */
export async function sealedVerdict(place: Place, drillId: string): Promise<ReturnType<typeof verdictSchema.parse>> {
  const bundle = path.join(place.bundles, drillId);
  await waitFor(() => existsSync(path.join(bundle, files.attestation)), {
    what: `${drillId} to be sealed`,
    timeoutMs: SEALED_TIMEOUT_MS,
  });
  const keys = path.join(path.dirname(place.env["LIFEBOAT_HOME"] ?? ""), "keys.json");
  await expectGood(place, ["keys", "export", keys]);
  await expectGood(place, ["verify", path.join(place.env["LIFEBOAT_BUNDLES"] ?? "", drillId), "--keys", keys]);
  return verdictSchema.parse(await readJson(path.join(bundle, "verdict.json")));
}

async function expectGood(place: Place, args: readonly string[]): Promise<void> {
  const child = spawnLifeboat(place, args);
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new Error(`lifeboat ${args.join(" ")} ended with ${code}: ${output}`);
}

function spawnLifeboat(place: Place, args: readonly string[]): ChildProcessByStdio<null, Readable, Readable> {
  const main = path.join(projectRoot, "cli", "main.ts");
  const node = [process.execPath, "--disable-warning=ExperimentalWarning", main, ...args];
  const [command = "", ...rest] = [...place.enter, ...node];
  return spawn(command, rest, { env: place.env, stdio: ["ignore", "pipe", "pipe"] });
}
