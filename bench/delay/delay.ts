import { setTimeout as sleep } from "node:timers/promises";
import type { Benchmark, BenchmarkOptions } from "../benchmark.ts";
import { quantile, type Figure } from "../figure.ts";
import { startNetwork, startRedis, type NetworkProcess } from "../servers.ts";
import { kernelLatenessMs, timerLatenessMs } from "./lateness.ts";
import { connectPing, type PingClient } from "./ping-client.ts";

const rounds = 3;
const cases = [
  { delayMs: 5, samplesPerRound: 120 },
  { delayMs: 50, samplesPerRound: 40 },
  { delayMs: 200, samplesPerRound: 15 },
] as const;

type Samples = { directMs: number[]; delayedMs: number[]; kernelLateMs: number[]; timerLateMs: number[] };
type Clients = { readonly direct: PingClient; readonly delayed: PingClient };

/** How exactly a link delays, beside how exactly this machine can wait at all. */
export const delayBenchmark: Benchmark = {
  name: "delay",
  about: "PINGs with one direction delayed, each after an idle time as long; error = round trip − delay − direct p50",
  timeoutMs: 150_000,
  async run(options) {
    const redis = await startRedis(options);
    const network = await startNetwork(options);
    const clients = {
      direct: await connectPing(redis),
      delayed: await connectPing(await network.link("bench", redis)),
    };
    try {
      return await allCases(network, clients, options);
    } finally {
      clients.direct.close();
      clients.delayed.close();
    }
  },
};

async function allCases(network: NetworkProcess, clients: Clients, options: BenchmarkOptions): Promise<Figure[]> {
  const figures: Figure[] = [];
  for (const { delayMs, samplesPerRound } of cases) {
    await network.delay("bench", delayMs);
    const perRound: Samples[] = [];
    for (let round = 0; round < (options.quick ? 1 : rounds); round += 1) {
      perRound.push(await takeSamples(clients, delayMs, options.quick ? 4 : samplesPerRound));
    }
    figures.push(...figuresOf(delayMs, perRound));
  }
  return figures;
}

async function takeSamples(clients: Clients, delayMs: number, count: number): Promise<Samples> {
  const samples: Samples = { directMs: [], delayedMs: [], kernelLateMs: [], timerLateMs: [] };
  for (let n = 0; n < count; n += 1) {
    await sleep(delayMs);
    samples.directMs.push(await clients.direct.roundTripMs());
    await sleep(delayMs);
    samples.delayedMs.push(await clients.delayed.roundTripMs());
    // The floors change slowly: every other sample is enough.
    if (n % 2 === 0) samples.kernelLateMs.push(kernelLatenessMs(delayMs));
    else samples.timerLateMs.push(await timerLatenessMs(delayMs));
  }
  return samples;
}

function figuresOf(delayMs: number, perRound: readonly Samples[]): Figure[] {
  const errors = perRound.map(({ directMs, delayedMs }) => {
    const directP50Ms = quantile(directMs, 0.5);
    return delayedMs.map((tripMs) => tripMs - delayMs - directP50Ms);
  });
  const all = errors.flat();
  const early = perRound.flatMap((one) => one.delayedMs).filter((tripMs) => tripMs < delayMs).length;
  const p50Of = (values: (samples: Samples) => number[]): number[] => perRound.map((one) => quantile(values(one), 0.5));
  const pooled = (values: (samples: Samples) => number[]): number[] => [quantile(perRound.flatMap(values), 0.99)];
  const of = `of ${all.length}`;
  return [
    {
      name: `${delayMs} ms: error, p50`,
      unit: "ms",
      values: errors.map((one) => quantile(one, 0.5)),
      goal: { atMost: 0.5 },
    },
    { name: `${delayMs} ms: error, p99 ${of}`, unit: "ms", values: [quantile(all, 0.99)] },
    { name: `${delayMs} ms: delivered early, ${of}`, unit: "count", values: [early], goal: { atMost: 0 } },
    { name: `${delayMs} ms: direct round trip, p50`, unit: "ms", values: p50Of((one) => one.directMs) },
    {
      name: `${delayMs} ms: the kernel's timed wait is late, p50`,
      unit: "ms",
      values: p50Of((one) => one.kernelLateMs),
    },
    {
      name: `${delayMs} ms: the kernel's timed wait is late, p99`,
      unit: "ms",
      values: pooled((one) => one.kernelLateMs),
    },
    { name: `${delayMs} ms: Node's timer is late, p50`, unit: "ms", values: p50Of((one) => one.timerLateMs) },
    { name: `${delayMs} ms: Node's timer is late, p99`, unit: "ms", values: pooled((one) => one.timerLateMs) },
  ];
}
