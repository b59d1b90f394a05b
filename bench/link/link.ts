import type { Benchmark, BenchmarkOptions } from "../benchmark.ts";
import { cpuTimeMs } from "../cpu-time.ts";
import { differences, ratios, type Figure } from "../figure.ts";
import { startHaproxy, startNetwork, startRedis } from "../servers.ts";
import { setsAt, type Load, type LoadResult } from "./redis-benchmark.ts";

const loads = {
  P1: { clients: 50, pipeline: 1, requests: 60_000 },
  P16: { clients: 50, pipeline: 16, requests: 480_000 },
  "c=1": { clients: 1, pipeline: 1, requests: 10_000 },
} as const satisfies Record<string, Load>;
type LoadName = keyof typeof loads;
const loadNames = Object.keys(loads) as LoadName[];

type PathName = "direct" | "link" | "haproxy";
/** Where to knock, and the process in between. */
type Path = { readonly port: number; readonly pid: number | undefined };
type Result = LoadResult & { readonly cpuUs: number };
type Measured = { readonly [load in LoadName]: { readonly [path in PathName]: Result[] } };

const mostRounds = 7;
/** A busy machine gets fewer rounds, not a longer run. */
const budgetMs = 60_000;

const haproxyMissing = "haproxy is not installed: apt-get install haproxy";

/** What a link at 0 ms costs, beside no proxy at all and beside the best known one. */
export const linkBenchmark: Benchmark = {
  name: "link",
  about: "SETs of 100 B: direct, through a link at 0 ms and through HAProxy (one thread), in turn in every round",
  timeoutMs: 150_000,
  async run(options) {
    const redis = await startRedis(options);
    const network = await startNetwork(options);
    const haproxy = await startHaproxy(options, redis);
    const paths = new Map<PathName, Path>([
      ["direct", { port: redis, pid: undefined }],
      ["link", { port: await network.link("bench", redis), pid: network.pid }],
    ]);
    if (haproxy) paths.set("haproxy", haproxy);
    const measured = await measure([...paths], options);
    return [...throughput(measured), ...latency(measured), ...cpuTimes(measured)];
  },
};

async function measure(order: readonly (readonly [PathName, Path])[], options: BenchmarkOptions): Promise<Measured> {
  const measured: Measured = { P1: nothing(), P16: nothing(), "c=1": nothing() };
  const endMs = performance.now() + budgetMs;
  for (let round = 0; round === 0 || (!options.quick && round < mostRounds && performance.now() < endMs); round += 1) {
    // Each round begins with another one, so that what a machine does at intervals hits all of them.
    const turn = [...order.slice(round % order.length), ...order.slice(0, round % order.length)];
    for (const load of loadNames) {
      for (const [name, path] of turn) measured[load][name].push(await once(path, loads[load], options));
    }
  }
  return measured;
}

async function once({ port, pid }: Path, load: Load, { quick, children }: BenchmarkOptions): Promise<Result> {
  const requests = quick ? Math.ceil(load.requests / 20) : load.requests;
  const cpuMs = (): number => (pid === undefined ? undefined : cpuTimeMs(pid)) ?? NaN;
  const beforeMs = cpuMs();
  const result = await setsAt(port, { ...load, requests }, children);
  return { ...result, cpuUs: ((cpuMs() - beforeMs) * 1000) / requests };
}

function throughput(measured: Measured): Figure[] {
  return (["P1", "P16"] as const).flatMap((load) => {
    const kops = (path: PathName): number[] => measured[load][path].map((one) => one.kopsPerSecond);
    const name = load === "P1" ? "50 clients" : "50 clients, pipeline 16";
    return [
      { name: `${name}: direct`, unit: "kops/s", values: kops("direct") },
      { name: `${name}: link`, unit: "kops/s", values: kops("link") },
      orMissing({ name: `${name}: HAProxy`, unit: "kops/s", values: kops("haproxy") }),
      {
        name: `${name}: link / direct`,
        unit: "ratio",
        values: ratios(kops("link"), kops("direct")),
        ...(load === "P1" ? { goal: { atLeast: 0.55 } } : {}),
      },
      orMissing({
        name: `${name}: link / HAProxy`,
        unit: "ratio",
        values: ratios(kops("link"), kops("haproxy")),
        goal: { atLeast: 0.9 },
      }),
    ] satisfies Figure[];
  });
}

function latency(measured: Measured): Figure[] {
  return (["p50Us", "p99Us"] as const).flatMap((rank) => {
    const us = (path: PathName): number[] => measured["c=1"][path].map((one) => one[rank]);
    const name = `1 client, ${rank.slice(0, 3)}`;
    return [
      { name: `${name}: direct`, unit: "µs", values: us("direct") },
      {
        name: `${name}: added by the link`,
        unit: "µs",
        values: differences(us("link"), us("direct")),
        ...(rank === "p50Us" ? { goal: { atMost: 30 } } : {}),
      },
      orMissing({ name: `${name}: added by HAProxy`, unit: "µs", values: differences(us("haproxy"), us("direct")) }),
    ] satisfies Figure[];
  });
}

function cpuTimes(measured: Measured): Figure[] {
  const cpuUs = (path: PathName): number[] => measured.P1[path].map((one) => one.cpuUs).filter(Number.isFinite);
  const named = (who: string): Pick<Figure, "name" | "unit"> => ({
    name: `50 clients: CPU per request, ${who}`,
    unit: "µs",
  });
  const link = { ...named("link"), values: cpuUs("link") };
  return [
    link.values.length > 0 ? link : { ...link, note: "there is no /proc here" },
    orMissing({ ...named("HAProxy"), values: cpuUs("haproxy") }),
  ];
}

function nothing(): Record<PathName, Result[]> {
  return { direct: [], link: [], haproxy: [] };
}

function orMissing(figure: Figure): Figure {
  return figure.values.length > 0 ? figure : { ...figure, note: haproxyMissing };
}
