import { startAppRig, type AppRig } from "../../test/app-rig.ts";
import type { Benchmark } from "../benchmark.ts";
import { cpuTimeMs } from "../cpu-time.ts";
import { quantile, type Figure } from "../figure.ts";
import { closedLoop, type LoopResult } from "./closed-loop.ts";

const clients = 8;
const watched = { "front-door": "front door", west: "application", "west-cache": "cache" } as const;
type Watched = keyof typeof watched;
const watchedNames = Object.keys(watched) as Watched[];

type Round = { readonly loop: LoopResult; readonly cpuUs: Readonly<Record<Watched, number>> };

/** What one request of a user costs on its way through front door, application and cache. */
export const pathBenchmark: Benchmark = {
  name: "path",
  about: `session reads and writes in turn, ${clients} clients in a closed loop through the front door; CPU by /proc`,
  timeoutMs: 90_000,
  async run({ quick }) {
    const rig = await startAppRig();
    try {
      await rig.route(1, "west");
      await oneRound(rig, quick ? 300 : 3000);
      const rounds: Round[] = [];
      for (let n = 0; n < (quick ? 1 : 3); n += 1) rounds.push(await oneRound(rig, quick ? 1000 : 5000));
      return figuresOf(rounds);
    } finally {
      await rig.stop();
    }
  },
};

async function oneRound(rig: AppRig, forMs: number): Promise<Round> {
  const cpu = (name: Watched): number => cpuTimeMs(rig.process(name).pid ?? NaN) ?? NaN;
  const before = watchedNames.map(cpu);
  const loop = await closedLoop({ url: rig.url, region: "west", clients, forMs });
  const used = watchedNames.map((name, n) => [name, ((cpu(name) - (before[n] ?? NaN)) * 1000) / loop.requests]);
  return { loop, cpuUs: Object.fromEntries(used) as Round["cpuUs"] };
}

function figuresOf(rounds: readonly Round[]): Figure[] {
  const latency = (share: number): number[] => rounds.map(({ loop }) => quantile(loop.latenciesUs, share));
  return [
    ...watchedNames.map((name) => cpuFigure(name, rounds)),
    { name: "requests", unit: "requests/s", values: rounds.map(({ loop }) => loop.requests / loop.seconds) },
    { name: `latency with ${clients} clients, p50`, unit: "µs", values: latency(0.5) },
    { name: `latency with ${clients} clients, p99`, unit: "µs", values: latency(0.99) },
  ];
}

function cpuFigure(name: Watched, rounds: readonly Round[]): Figure {
  const values = rounds.map(({ cpuUs }) => cpuUs[name]);
  const named = { name: `CPU per request, ${watched[name]}`, unit: "µs" } as const;
  return values.every(Number.isFinite)
    ? { ...named, values }
    : { ...named, values: [], note: "there is no /proc here" };
}
