import path from "node:path";
import { LifeboatError } from "../../base/errors.ts";
import type { ChildProcesses } from "../child-processes.ts";
import { findProgram } from "../find-program.ts";

const valueBytes = 100;
const timeoutMs = 60_000;

export type Load = { readonly clients: number; readonly pipeline: number; readonly requests: number };
export type User = { readonly name: string; readonly password: string };
export type LoadResult = { readonly kopsPerSecond: number; readonly p50Us: number; readonly p99Us: number };

/** redis-benchmark: beside the redis-server in use, else on PATH. @throws TOOL_MISSING */
function redisBenchmarkProgram(env = process.env): string {
  const server = env["LIFEBOAT_REDIS_SERVER"];
  const beside = server && path.isAbsolute(server) ? { PATH: path.dirname(server) } : env;
  const found = findProgram("redis-benchmark", beside) ?? findProgram("redis-benchmark", env);
  if (found) return found;
  throw new LifeboatError("TOOL_MISSING", "redis-benchmark is not on PATH", { hint: "apt-get install redis-tools" });
}

/** SETs of 100 B over 100,000 keys, by a client in C: one in JavaScript would be what limits the comparison. */
export async function setsAt(
  port: number,
  load: Load & { readonly user?: User },
  children: ChildProcesses,
): Promise<LoadResult> {
  const numbers = { "-p": port, "-c": load.clients, "-P": load.pipeline, "-n": load.requests, "-d": valueBytes };
  const options = Object.entries(numbers).flatMap(([flag, value]) => [flag, String(value)]);
  const args = ["-h", "127.0.0.1", "-t", "set", "-r", "100000", "--csv", ...userOptions(load.user), ...options];
  const ran = await children.run({ program: redisBenchmarkProgram(), args }, timeoutMs);
  return parseCsv(ran.stdout, ran.stderr);
}

function userOptions(user: User | undefined): string[] {
  return user === undefined ? [] : ["--user", user.name, "-a", user.password];
}

/** Columns: test, rps, then latencies in ms: average, least, p50, p95, p99, most. */
function parseCsv(stdout: string, stderr: string): LoadResult {
  const line = stdout.split("\n").find((one) => one.startsWith('"SET"'));
  const [, perSecond, , , p50Ms, , p99Ms] = (line ?? "").replaceAll('"', "").split(",").map(Number);
  if (!perSecond || !p50Ms || !p99Ms) {
    throw new LifeboatError("UNAVAILABLE", `redis-benchmark gave no figures: ${(stderr || stdout).slice(-200)}`);
  }
  return { kopsPerSecond: perSecond / 1000, p50Us: p50Ms * 1000, p99Us: p99Ms * 1000 };
}
