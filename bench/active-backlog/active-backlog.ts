import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { waitFor } from "../../base/waits.ts";
import { cacheUsers } from "../../geocache/hosts/cache-host.ts";
import type { MembershipOrder } from "../../geocache/replication/active/member/api.ts";
import {
  startMembers,
  type TestMember,
  type TestMembers,
} from "../../geocache/replication/active/member/members.test-helper.ts";
import type { Benchmark, BenchmarkOptions } from "../benchmark.ts";
import { ratios, type Figure } from "../figure.ts";
import { setsAt } from "../link/redis-benchmark.ts";
import { recordSlowCalls, type SlowCalls } from "./slow-calls.ts";

const valueBytes = 100;
/** `key:000000012345` */
const keyBytes = 16;
const memberBytes = 4 * 1024 ** 3;
const waitMs = 200_000;
/** Nobody listens there. */
const nowhere = { host: "127.0.0.1", port: 1, tls: false };

type Measured = {
  readonly operations: number;
  readonly logBytesPerWrite: number;
  readonly seconds: number;
  readonly syncerRssMb: number;
  readonly slow: SlowCalls;
};

/** What piles up while a member is out of reach, and how fast it has it afterwards. */
export const activeBacklogBenchmark: Benchmark = {
  name: "active-backlog",
  about: "SETs of 100 B while the other member is out of reach: size of the log, catch-up after healing, trimming",
  timeoutMs: 500_000,
  async run(options) {
    const sizes = options.quick ? [2000, 20_000] : [100_000, 1_000_000];
    const measured: Measured[] = [];
    for (const operations of sizes) measured.push(await measure(operations, options));
    return figuresOf(measured);
  },
};

async function measure(operations: number, { children }: BenchmarkOptions): Promise<Measured> {
  const group = await startMembers(2, { maxmemoryBytes: memberBytes });
  try {
    const [writer, other] = group.members;
    if (writer === undefined || other === undefined) throw new RangeError("a group of two");
    await reach(group, false);
    const user = { name: cacheUsers.admin, password: writer.config.redis.password };
    await setsAt(writer.direct.port, { clients: 50, pipeline: 16, requests: operations, user }, children);
    const { issued, logBytes } = await settled(writer, operations);
    const slow = await recordSlowCalls(group.members);
    const startedMs = performance.now();
    await reach(group, true);
    await applied(other, writer, issued);
    const seconds = (performance.now() - startedMs) / 1000;
    await waitFor(async () => (await writer.view()).logBytes < logBytes / 100, {
      what: "the log to be trimmed",
      timeoutMs: waitMs,
    });
    const views = await Promise.all(group.members.map((member) => member.view()));
    const syncerRssMb = Math.max(...views.map(({ syncerRssBytes }) => syncerRssBytes)) / 1e6;
    return { operations, logBytesPerWrite: logBytes / issued, seconds, syncerRssMb, slow: await slow.longest() };
  } finally {
    await group.end();
  }
}

/** Whether the members reach each other. */
async function reach(group: TestMembers, reachable: boolean): Promise<void> {
  for (const { config, control } of group.members) {
    const { epoch, peers } = config.membership;
    const body: MembershipOrder = {
      epoch,
      peers: peers.map((peer) => (reachable ? peer : { ...peer, endpoint: nowhere })),
    };
    await control.call({ method: "PUT", path: "/membership", body, answer: z.unknown() });
  }
}

/** The writer's view once all of it is in its log. */
async function settled(writer: TestMember, operations: number): Promise<{ issued: number; logBytes: number }> {
  return await waitFor(
    async () => {
      const view = await writer.view();
      return view.issued >= operations && view;
    },
    { what: "everything to be logged", timeoutMs: waitMs },
  );
}

async function applied(member: TestMember, writer: TestMember, seq: number): Promise<void> {
  const { origin } = await writer.view();
  const endMs = performance.now() + waitMs;
  while (performance.now() < endMs) {
    const view = await member.view();
    if ((view.applied.find(([one]) => one === origin)?.[1] ?? 0) >= seq) return;
    await sleep(10);
  }
  throw new Error(`not applied within ${waitMs} ms`);
}

function figuresOf(measured: readonly Measured[]): Figure[] {
  const rates = measured.map(({ operations, seconds }) => operations / seconds / 1000);
  const beyond = measured.map(({ logBytesPerWrite }) => logBytesPerWrite - valueBytes - keyBytes);
  return [
    { name: "log beyond key and value", unit: "B/write", values: beyond, goal: { atMost: 24 } },
    ...measured.map(({ operations }, index): Figure => ({
      name: `catch-up of ${operations} operations`,
      unit: "kops/s",
      values: rates.slice(index, index + 1),
      goal: { atLeast: 200 },
    })),
    { name: "catch-up of ten times as much: rate / rate", unit: "ratio", values: ratios(rates.slice(1), rates) },
    {
      name: "longest trim at a redis",
      unit: "ms",
      values: measured.map(({ slow }) => slow.trimMs),
      goal: { atMost: 2 },
    },
    { name: "longest apply at a redis", unit: "ms", values: measured.map(({ slow }) => slow.applyMs) },
    { name: "syncer, resident memory after it", unit: "MB", values: measured.map((one) => one.syncerRssMb) },
  ];
}
