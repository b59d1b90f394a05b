import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { errorCatalogue, isLifeboatError, LifeboatError, messageOf } from "../base/errors.ts";
import { writeFileAtomic } from "../base/files.ts";
import { homeFolder } from "../base/paths.ts";
import { withTimeout } from "../base/waits.ts";
import type { Benchmark } from "./benchmark.ts";
import { benchmarks } from "./benchmarks.ts";
import { createChildProcesses } from "./child-processes.ts";
import { conditionsNow, type Conditions } from "./conditions.ts";
import { missesOf, sumUp, type Outcome } from "./outcome.ts";
import { renderConditions, renderOutcome } from "./render.ts";

const usage = `npm run bench -- [${benchmarks.map((one) => one.name).join(" ")}] [--quick] [--json]`;

const CLEAN_UP_MS = 60_000;

type Wanted = { readonly chosen: readonly Benchmark[]; readonly quick: boolean; readonly json: boolean };

/** Runs all benchmarks or those named. Returns 0, 1 when a goal was missed or nothing measured, 64 for bad input. */
export async function runBench(args: readonly string[]): Promise<number> {
  try {
    return await runWanted(parse(args));
  } catch (error) {
    if (!isLifeboatError(error)) throw error;
    process.stderr.write(`bench: ${error.message}\n${error.hint ? `  ${error.hint}\n` : ""}`);
    return errorCatalogue[error.code].exitCode;
  }
}

async function runWanted({ chosen, quick, json }: Wanted): Promise<number> {
  const conditions = conditionsNow();
  const signal = abortedByUser();
  if (!json) process.stdout.write(`${renderConditions(conditions)}\n`);
  const outcomes: Outcome[] = [];
  for (const benchmark of chosen) {
    if (signal.aborted) break;
    process.stderr.write(`bench: ${benchmark.name} …\n`);
    const outcome = await runOne(benchmark, { conditions, quick, signal });
    outcomes.push(outcome);
    await writeFileAtomic(fileOf(outcome.name), JSON.stringify(outcome, null, 2));
    if (!json) process.stdout.write(`\n${renderOutcome(outcome)}\n`);
  }
  if (json) process.stdout.write(`${JSON.stringify(outcomes, null, 2)}\n`);
  const misses = outcomes.flatMap(missesOf);
  for (const miss of misses) process.stderr.write(`bench: missed: ${miss}\n`);
  return misses.length === 0 ? 0 : 1;
}

type Circumstances = { readonly conditions: Conditions; readonly quick: boolean; readonly signal: AbortSignal };

async function runOne(benchmark: Benchmark, { conditions, quick, signal }: Circumstances): Promise<Outcome> {
  const { name, about } = benchmark;
  const startMs = performance.now();
  const children = createChildProcesses();
  const folder = await mkdtemp(path.join(tmpdir(), `lifeboat-bench-${name}-`));
  const told = { schema: "lifeboat/bench/1", name, about, quick, conditions } as const;
  const work = benchmark.run({ quick, folder, children });
  try {
    const figures = (await withTimeout(orAborted(work, signal), benchmark.timeoutMs, name)).map(sumUp);
    return { ...told, figures, error: null, tookMs: performance.now() - startMs };
  } catch (error) {
    return { ...told, figures: [], error: messageOf(error), tookMs: performance.now() - startMs };
  } finally {
    await children.endAll();
    // One that was given up cleans up after itself first.
    await withTimeout(work, CLEAN_UP_MS, `cleaning up after ${name}`).catch(() => undefined);
    await children.endAll();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Ctrl-C and SIGTERM end the wait for a benchmark, so that what it started is ended too. */
function abortedByUser(): AbortSignal {
  const controller = new AbortController();
  const abort = (): void => controller.abort(new LifeboatError("UNAVAILABLE", "interrupted"));
  process.once("SIGINT", abort).once("SIGTERM", abort);
  return controller.signal;
}

function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
  return Promise.race([work, aborted]);
}

function parse(args: readonly string[]): Wanted {
  const { values, positionals } = parsed(args);
  const unknown = positionals.find((name) => !benchmarks.some((one) => one.name === name));
  if (unknown !== undefined) throw new LifeboatError("BAD_INPUT", `no benchmark "${unknown}"`, { hint: usage });
  const chosen = benchmarks.filter((one) => positionals.length === 0 || positionals.includes(one.name));
  return { chosen, quick: values.quick, json: values.json };
}

function parsed(args: readonly string[]) {
  try {
    const options = { quick: { type: "boolean", default: false }, json: { type: "boolean", default: false } } as const;
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (cause) {
    throw new LifeboatError("BAD_INPUT", messageOf(cause), { hint: usage, cause });
  }
}

function fileOf(name: string): string {
  return path.join(homeFolder(), "bench", `${name}.json`);
}
