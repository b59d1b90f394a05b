import type { Benchmark, BenchmarkOptions } from "../benchmark.ts";
import { cpuTimeMs } from "../cpu-time.ts";
import { differences, ratios, type Figure } from "../figure.ts";
import { startHaproxy, startNetwork, startRedis } from "../servers.ts";
import { setsAt, type Load, type LoadResult } from "./redis-benchmark.ts";

const loads = {
  P1: { clients: 50, pipeline: 1, requests: 100_000 },
  P16: { clients: 50, pipeline: 16, requests: 800_000 },
  "c=1": { clients: 1, pipeline: 1, requests: 15_000 },
} as const satisfies Record<string, Load>;
type LoadName = keyof typeof loads;
const loadNames = Object.keys(loads) as LoadName[];

type PathName = "direct" | "link" | "haproxy";
type Paths = { readonly [path in PathName]?: number };
type Measured = { readonly [load in LoadName]: { readonly [path in PathName]: LoadResult[] } };

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
    const paths = { direct: redis, link: await network.link("bench", redis), ...(haproxy ? { haproxy } : {}) };
    const measured = await measure(paths, options);
    return [...throughput(measured), ...latency(measured), await cpuPerRequest(network.pid, paths.link, options)];
  },
};

async function measure(paths: Paths, { quick, children }: BenchmarkOptions): Promise<Measured> {
  const measured: Measured = { P1: nothing(), P16: nothing(), "c=1": nothing() };
  const order = Object.entries(paths) as [PathName, number][];
  for (let round = 0; round < (quick ? 1 : 5); round += 1) {
    for (const load of loadNames) {
      // Each round begins with another one, so that what a machine does at intervals hits all of them.
      for (const [path, port] of [...order.slice(round % order.length), ...order.slice(0, round % order.length)]) {
        measured[load][path].push(await setsAt(port, sized(loads[load], quick), children));
      }
    }
  }
  return measured;
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

async function cpuPerRequest(pid: number, port: number, { quick, children }: BenchmarkOptions): Promise<Figure> {
  const load = sized(loads.P1, quick);
  const beforeMs = cpuTimeMs(pid);
  await setsAt(port, load, children);
  const afterMs = cpuTimeMs(pid);
  const named = { name: "CPU of the link per request (50 clients)", unit: "µs" } as const;
  if (beforeMs === undefined || afterMs === undefined) return { ...named, values: [], note: "there is no /proc here" };
  return { ...named, values: [((afterMs - beforeMs) * 1000) / load.requests] };
}

function sized(load: Load, quick: boolean): Load {
  return quick ? { ...load, requests: Math.ceil(load.requests / 20) } : load;
}

function nothing(): Record<PathName, LoadResult[]> {
  return { direct: [], link: [], haproxy: [] };
}

function orMissing(figure: Figure): Figure {
  return figure.values.length > 0 ? figure : { ...figure, note: haproxyMissing };
}
