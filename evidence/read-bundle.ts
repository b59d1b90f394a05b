import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { lstat, readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { messageOf } from "../base/errors.ts";
import { eachNdjsonLine } from "../base/ndjson.ts";
import { conflictSchema, type Conflict } from "../contracts/groups.ts";
import { loadBucketSchema, loadHeaderSchema } from "../contracts/load.ts";
import { probeHeaderSchema, type ProbeSample } from "../contracts/observer.ts";
import { signalSampleSchema, signalsHeaderSchema } from "../contracts/signals.ts";
import type { DrillEvent } from "./events.ts";
import { files } from "./layout.ts";
import { readsHeaderSchema, writesHeaderSchema, type RawFiles } from "./raw-files.ts";

export type Entry = { readonly path: string; readonly kind: "file" | "other" };
export type Problem = { readonly file: string; readonly problem: string };

/** Every entry below a bundle's folder by its path with `/`, in order; what is no regular file is `other`. */
export async function entriesOf(folder: string, below = ""): Promise<Entry[]> {
  const found: Entry[] = [];
  for (const name of (await readdir(path.join(folder, below))).toSorted()) {
    const inside = below === "" ? name : `${below}/${name}`;
    const status = await lstat(path.join(folder, inside));
    if (status.isDirectory()) found.push(...(await entriesOf(folder, inside)));
    else found.push({ path: inside, kind: status.isFile() ? "file" : "other" });
  }
  return found;
}

export async function digestOf(file: string): Promise<{ size: number; sha256: string }> {
  const hash = createHash("sha256");
  let size = 0;
  for await (const chunk of createReadStream(file)) {
    hash.update(chunk as Uint8Array);
    size += (chunk as Uint8Array).length;
  }
  return { size, sha256: hash.digest("hex") };
}

/** A bundle as written by the processes of the drill, before anything is derived from it. */
export type RawBundle = RawFiles & {
  readonly drillId: string;
  readonly plan: unknown;
  readonly events: readonly DrillEvent[];
};

/** Reads the raw files. One that cannot be read is left out and named: what needed it is then not measured. */
export async function readRawFiles(folder: string): Promise<{ raw: RawFiles; problems: Problem[] }> {
  const problems: Problem[] = [];
  const raw = {
    probes: [] as RawFiles["probes"][number][],
    writes: null as RawFiles["writes"],
    reads: [] as RawFiles["reads"][number][],
    load: null as RawFiles["load"],
    signals: null as NonNullable<RawFiles["signals"]> | null,
    conflicts: [] as NonNullable<RawFiles["conflicts"]>[number][],
  };
  const names = (await entriesOf(folder)).filter((entry) => entry.kind === "file").map((entry) => entry.path);
  for (const name of names) {
    const file = path.join(folder, name);
    try {
      if (/^probes\/.+\.ndjson\.gz$/.test(name)) raw.probes.push(await readProbes(file));
      else if (name === "ledger/writes.ndjson.gz") raw.writes = await readTable(file, writesHeaderSchema);
      else if (/^ledger\/reads\..+\.ndjson\.gz$/.test(name)) raw.reads.push(await readTable(file, readsHeaderSchema));
      else if (name === "load/buckets.ndjson") raw.load = await readLoad(file);
      else if (name === "signals/groups.ndjson.gz") raw.signals = await readSignals(file);
      else if (/^conflicts\/.+\.ndjson$/.test(name)) raw.conflicts.push(await readConflicts(file));
    } catch (error) {
      problems.push({ file: name, problem: `cannot be read: ${messageOf(error)}` });
    }
  }
  return { raw, problems };
}

type Header<T> = { parse(input: unknown): T };

async function readProbes(file: string): Promise<RawFiles["probes"][number]> {
  const { header, lines } = await readTable<ReturnType<typeof probeHeaderSchema.parse>, ProbeSample>(
    file,
    probeHeaderSchema,
  );
  return { header, samples: lines.filter(isSample) };
}

/** Samples come by the hundred thousand: a plain look at each is forty times cheaper than a schema. */
function isSample(line: ProbeSample): boolean {
  const [dueUs, sentUs, endUs, outcome, lateUs] = line;
  const numbers = [dueUs, sentUs, endUs].every((value) => Number.isFinite(value));
  if (numbers && typeof outcome === "string" && (lateUs === null || Number.isFinite(lateUs))) return true;
  throw new Error(`is no probe sample: ${JSON.stringify(line).slice(0, 80)}`);
}

async function readLoad(file: string): Promise<RawFiles["load"]> {
  const { header, lines } = await readTable(file, loadHeaderSchema);
  return { header, buckets: lines.map((line) => loadBucketSchema.parse(line)) };
}

async function readSignals(file: string): Promise<NonNullable<RawFiles["signals"]>> {
  const { header, lines } = await readTable(file, signalsHeaderSchema);
  return { header, samples: lines.map((line) => signalSampleSchema.parse(line)) };
}

async function readConflicts(file: string): Promise<NonNullable<RawFiles["conflicts"]>[number]> {
  const conflicts: Conflict[] = [];
  for await (const line of eachNdjsonLine(file)) conflicts.push(conflictSchema.parse(line));
  return { member: path.basename(file, ".ndjson"), conflicts };
}

async function readTable<H, L>(file: string, schema: Header<H>): Promise<{ header: H; lines: L[] }> {
  let header: H | undefined;
  const lines: L[] = [];
  for await (const line of eachNdjsonLine(file)) {
    if (header === undefined) header = schema.parse(line);
    else lines.push(line as L);
  }
  if (header === undefined) throw new Error("is empty");
  return { header, lines };
}

/** Parsed `env/*.json` by name. */
export async function readEnvironment(folder: string): Promise<Record<string, unknown>> {
  const names = await readdir(path.join(folder, "env")).catch(() => []);
  const found: Record<string, unknown> = {};
  for (const name of names.filter((one) => one.endsWith(".json")).toSorted()) {
    found[name.slice(0, -".json".length)] = parsedOrNull(await readFile(path.join(folder, "env", name), "utf8"));
  }
  return found;
}

export async function readPlan(folder: string): Promise<unknown> {
  return parsedOrNull(await readFile(path.join(folder, files.plan), "utf8").catch(() => "null"));
}

function parsedOrNull(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
