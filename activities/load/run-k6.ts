import { spawn } from "node:child_process";
import { mkdir, open } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { stamp, type Stamp } from "../../base/clocks.ts";
import { LifeboatError, messageOf } from "../../base/errors.ts";
import { readJson, writeFileAtomic } from "../../base/files.ts";
import { projectRoot } from "../../base/paths.ts";
import { identityOf, isAlive, signalProcess, type ProcessIdentity } from "../../base/processes.ts";
import { waitFor } from "../../base/waits.ts";
import type { LoadBucket, LoadHeader } from "../../contracts/load.ts";
import { stampSchema } from "../../contracts/stamps.ts";
import type { Scenario } from "../../scenarios/schema.ts";
import { aggregate, BUCKET_MS } from "./aggregate.ts";
import { boundsMs } from "./histogram.ts";
import { k6Samples, type K6Sample } from "./k6-samples.ts";

const END_WITHIN_MS = 8000;
const KILLED_WITHIN_MS = 2000;

export type LoadRequest = {
  readonly k6Binary: string;
  /** The front door. */
  readonly baseUrl: string;
  readonly regions: readonly string[];
  /** Iterations a second over all regions. */
  readonly ratePerSecond: number;
  /** A script of `load/`. */
  readonly script: Scenario["load"]["script"];
  /** k6 ends by itself after this long. */
  readonly maxDurationMs: number;
  readonly outFolder: string;
};
export type LoadStarted = { readonly pid: number; readonly startedAt: Stamp };
export type LoadResult = {
  /** `buckets.ndjson`: contracts/load.ts. */
  readonly bucketsFile: string;
  readonly iterations: number;
  readonly failed: number;
  readonly dropped: number;
};

/** Every k6 started for one folder. More than one only if an earlier one died. */
const runsSchema = z.array(
  z.object({ pid: z.number(), startedAt: z.string(), anchor: stampSchema, output: z.string() }),
);
type Runs = z.infer<typeof runsSchema>;

/**
 * Starts k6, detached: it outlives the worker that started it. Repeating the call adopts the one that runs.
 * @throws TOOL_MISSING the binary cannot be started
 */
export async function startLoad(request: LoadRequest): Promise<LoadStarted> {
  await mkdir(request.outFolder, { recursive: true });
  const runs = await readRuns(request.outFolder);
  const running = runs.find(isAlive);
  if (running) return { pid: running.pid, startedAt: running.anchor };
  const output = `k6-${runs.length + 1}.csv.gz`;
  const anchor = stamp();
  const { pid, startedAt } = await spawnK6(request, output);
  await writeFileAtomic(runsFile(request.outFolder), JSON.stringify([...runs, { pid, startedAt, anchor, output }]));
  return { pid, startedAt: anchor };
}

/**
 * Ends k6 and sums its output up in `<outFolder>/buckets.ndjson`. Repeating it gives the same.
 * @throws NOT_FOUND no load was started in this folder
 */
export async function stopLoad(outFolder: string): Promise<LoadResult> {
  const runs = await readRuns(outFolder);
  const [first] = runs;
  if (!first) throw new LifeboatError("NOT_FOUND", `no load was started in ${outFolder}`);
  await Promise.all(runs.map(end));
  const buckets = await aggregate(samplesOf(outFolder, runs));
  const header: LoadHeader = {
    schema: "lifeboat/load/1",
    originUtcMs: Date.parse(first.anchor.utc),
    anchor: first.anchor,
    bucketMs: BUCKET_MS,
    boundsMs: [...boundsMs],
  };
  const bucketsFile = path.join(outFolder, "buckets.ndjson");
  await writeFileAtomic(bucketsFile, [header, ...buckets].map((line) => `${JSON.stringify(line)}\n`).join(""));
  return { bucketsFile, ...totals(buckets) };
}

function runsFile(outFolder: string): string {
  return path.join(outFolder, "k6-runs.json");
}

async function readRuns(outFolder: string): Promise<Runs> {
  return runsSchema.parse((await readJson(runsFile(outFolder))) ?? []);
}

async function spawnK6(request: LoadRequest, output: string): Promise<ProcessIdentity> {
  const log = await open(path.join(request.outFolder, "k6.log"), "a", 0o600);
  try {
    const child = spawn(request.k6Binary, argumentsOf(request, output), {
      detached: true,
      stdio: ["ignore", log.fd, log.fd],
      env: { ...process.env, ...environmentOf(request) },
    });
    await new Promise<void>((resolve, reject) => child.once("spawn", resolve).once("error", reject));
    child.unref();
    const identity = identityOf(child.pid ?? 0);
    if (identity) return identity;
    throw new LifeboatError("UNAVAILABLE", `k6 ended at once; see ${request.outFolder}/k6.log`);
  } catch (error) {
    if (error instanceof LifeboatError) throw error;
    throw new LifeboatError("TOOL_MISSING", `k6 (${request.k6Binary}) cannot be started: ${messageOf(error)}`);
  } finally {
    await log.close();
  }
}

function argumentsOf({ outFolder, script: name }: LoadRequest, output: string): string[] {
  const script = path.join(projectRoot, "load", `${name}.ts`);
  // Without an address k6 opens no port of its own.
  return ["run", "--quiet", "--no-color", "--address", "", "--out", `csv=${path.join(outFolder, output)}`, script];
}

function environmentOf(request: LoadRequest): Record<string, string> {
  return {
    BASE_URL: request.baseUrl.replace(/\/$/, ""),
    REGIONS: request.regions.join(","),
    RATE: String(request.ratePerSecond),
    DURATION_S: String(Math.ceil(request.maxDurationMs / 1000)),
    SUMMARY_FILE: path.join(request.outFolder, "k6-summary.json"),
    K6_CSV_TIME_FORMAT: "unix_micro",
    K6_NO_USAGE_REPORT: "true",
  };
}

/** An interrupt lets k6 finish its requests and write its files; one that does not follow is killed. */
async function end(run: ProcessIdentity): Promise<void> {
  if (!signalProcess(run, "SIGINT")) return;
  const gone = (timeoutMs: number): Promise<unknown> =>
    waitFor(() => !isAlive(run), { what: `k6 (${run.pid}) to end`, timeoutMs });
  await gone(END_WITHIN_MS).catch(() => {
    signalProcess(run, "SIGKILL");
    return gone(KILLED_WITHIN_MS);
  });
}

async function* samplesOf(outFolder: string, runs: Runs): AsyncGenerator<K6Sample> {
  for (const { output } of runs) yield* k6Samples(path.join(outFolder, output));
}

function totals(buckets: readonly LoadBucket[]): { iterations: number; failed: number; dropped: number } {
  const sum = (of: (bucket: LoadBucket) => number): number => buckets.reduce((total, next) => total + of(next), 0);
  return {
    iterations: sum((bucket) => bucket.ok + bucket.failed),
    failed: sum((bucket) => bucket.failed),
    dropped: sum((bucket) => bucket.dropped),
  };
}
