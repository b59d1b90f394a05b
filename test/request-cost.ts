import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { cpuTimeMs } from "../bench/cpu-time.ts";
import { sessionResultSchema, sessionStatusSchema, type SessionSpec, type StreamSpec } from "../contracts/observer.ts";
import { USER_REGION_HEADER } from "../contracts/routing.ts";
import { endAllProcesses, startService } from "../observer/test-support/servers.ts";
import { startAppRig } from "./app-rig.ts";

/**
 * What one request costs in each process it passes: `node test/request-cost.ts --interval-ms 1 --seconds 8`.
 * The observer knocks at the front door with a read and a write stream; CPU time is the kernel's account of each
 * process. Prints microseconds of CPU per request, and whether the streams held: good share, lateness, latency.
 */
const { values } = parseArgs({
  options: { "interval-ms": { type: "string", default: "1" }, seconds: { type: "string", default: "8" } },
});
const intervalMs = Number(values["interval-ms"]);
const seconds = Number(values.seconds);
const WARM_UP_MS = 4000;

const rig = await startAppRig();
const folder = await mkdtemp(path.join(tmpdir(), "lifeboat-cost-"));
try {
  await rig.route(1, "west");
  const observer = await startService(rig.home, "observer");
  const pids = { observer: observer.child.pid ?? 0, ...pidsOfRig() };
  const status = (): Promise<Status> =>
    observer.client.call({ method: "GET", path: "/sessions/cost", answer: sessionStatusSchema });
  await observer.client.call({ method: "PUT", path: "/sessions/cost", body: spec(), answer: sessionStatusSchema });
  await sleep(WARM_UP_MS);
  const before = { cpu: cpuOf(pids), status: await status() };
  await sleep(seconds * 1000);
  const after = { cpu: cpuOf(pids), status: await status() };
  await observer.client.call({ method: "POST", path: "/sessions/cost/stop", answer: sessionResultSchema });
  print(before, after);
} finally {
  await endAllProcesses();
  await rig.stop();
  await rm(folder, { recursive: true, force: true });
}

type Status = Awaited<ReturnType<typeof sessionStatusSchema.parseAsync>>;
type Reading = { readonly cpu: Readonly<Record<string, number>>; readonly status: Status };

function pidsOfRig(): Record<string, number> {
  const names = { "front door": "front-door", app: "west", redis: "west-cache" };
  return Object.fromEntries(Object.entries(names).map(([label, name]) => [label, rig.process(name).pid ?? 0]));
}

function spec(): SessionSpec {
  const stream = (op: "read" | "write"): StreamSpec => ({
    name: op,
    region: "west",
    op,
    target: {
      kind: "service",
      url: `${rig.url}/probe`,
      method: op === "read" ? "GET" : "PUT",
      headers: { [USER_REGION_HEADER]: "west" },
    },
    intervalMs,
    timeoutMs: 200,
  });
  return {
    groups: [{ name: "west", streams: [stream("read"), stream("write")] }],
    outFolder: path.join(folder, "out"),
    maxDurationMs: 600_000,
  };
}

function cpuOf(pids: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(pids).map(([label, pid]) => [label, (cpuTimeMs(pid) ?? 0) * 1000]));
}

function print(before: Reading, after: Reading): void {
  const sum = (status: Status, field: "ok" | "failed" | "sent"): number =>
    status.streams.reduce((total, stream) => total + stream[field], 0);
  const ok = sum(after.status, "ok") - sum(before.status, "ok");
  const failed = sum(after.status, "failed") - sum(before.status, "failed");
  const requests = ok + failed;
  process.stdout.write(`${requests} requests in ${seconds} s, ${((100 * ok) / requests).toFixed(3)} % good\n`);
  let totalUs = 0;
  for (const [label, us] of Object.entries(after.cpu)) {
    const spentUs = us - (before.cpu[label] ?? 0);
    totalUs += spentUs;
    process.stdout.write(`${label.padEnd(12)} ${(spentUs / requests).toFixed(0).padStart(5)} µs per request\n`);
  }
  process.stdout.write(`together     ${(totalUs / requests).toFixed(0).padStart(5)} µs, `);
  process.stdout.write(`${(totalUs / 1e6 / seconds).toFixed(2)} cores\n`);
  for (const { name, p50Ms, p95Ms, maxLatenessMs } of after.status.streams) {
    process.stdout.write(
      `${name}: p50 ${p50Ms?.toFixed(2)} ms, p95 ${p95Ms?.toFixed(2)} ms, latest ${maxLatenessMs.toFixed(1)} ms\n`,
    );
  }
}
