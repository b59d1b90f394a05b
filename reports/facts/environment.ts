import { z } from "zod";
import { elapsedMs } from "../../base/clocks.ts";
import { formatMs } from "../../evidence/format.ts";
import type { BundleView } from "../../evidence/view.ts";

const estateSchema = z.object({
  host: z.enum(["process", "container"]),
  caches: z.array(z.object({ cache: z.string(), host: z.string().optional(), maxmemoryBytes: z.number().optional() })),
});
const versionsSchema = z.record(z.string(), z.unknown());
const machineSchema = z.object({
  operator: z.object({ account: z.string(), host: z.string() }),
  os: z.string(),
  clockSource: z.string(),
});
const clockSchema = z.object({ source: z.string(), granularityNs: z.number() });

const words = {
  process: "processes of one machine, as recorded in env/estate.json",
  container: "containers on one machine, as recorded in env/estate.json",
} as const;

/** Where the caches really ran: what the estate itself said when the drill began, never what the scenario declares. */
export function ranOn(view: BundleView): string {
  const estate = estateSchema.safeParse(view.environment["estate"]);
  if (!estate.success) return "not recorded";
  return words[estate.data.host];
}

/** The memory each cache was really given, in bytes; empty where it was not recorded. */
export function memoryGiven(view: BundleView): readonly { readonly cache: string; readonly bytes: number }[] {
  const estate = estateSchema.safeParse(view.environment["estate"]);
  const caches = estate.success ? estate.data.caches : [];
  return caches.flatMap(({ cache, maxmemoryBytes: bytes }) => (bytes === undefined ? [] : [{ cache, bytes }]));
}

/** Versions of what took part, and the clock that all spans were taken on. */
export function toolchain(view: BundleView): readonly (readonly [name: string, said: string])[] {
  const versions = versionsSchema.safeParse(view.environment["versions"]).data ?? {};
  const machine = machineOf(view);
  const said = (name: string): string => {
    const found = versions[name];
    return typeof found === "string" && found !== "" ? found : "not recorded";
  };
  const dirty = versions["dirty"] === true ? ", with uncommitted changes" : "";
  return [
    ["Lifeboat", `commit ${said("commit")}${dirty}`],
    ["redis-server", said("redisServer")],
    ["k6", said("k6")],
    ["Temporal", said("temporal")],
    ["Node", said("node")],
    ["Operating system", [machine?.os, said("kernel")].filter(Boolean).join(", ")],
    ["Clock", clockOf(view)],
    ["Recorded by", machine ? `account ${machine.operator.account} on ${machine.operator.host}` : "not recorded"],
  ];
}

function clockOf(view: BundleView): string {
  const clock = clockSchema.safeParse(view.environment["clock"]);
  if (!clock.success) return "not recorded";
  const source = machineOf(view)?.clockSource;
  const { source: name, granularityNs } = clock.data;
  return `${name}${source === undefined ? "" : ` (${source})`}, read to ${granularityNs} ns; ${driftOf(view)}`;
}

function machineOf(view: BundleView): z.infer<typeof machineSchema> | undefined {
  return machineSchema.safeParse(view.environment["recorder"]).data;
}

/** How far the wall clock moved against the monotonic one between the first and the last event: was it set meanwhile? */
function driftOf(view: BundleView): string {
  const [first, last] = [view.events[0]?.recordedAt, view.events.at(-1)?.recordedAt];
  if (!first || !last) return "wall-clock times are labels only";
  const apartMs = Date.parse(last.utc) - Date.parse(first.utc) - elapsedMs(first, last);
  return `the wall clock moved against it by ${formatMs(Math.abs(apartMs))} during the run`;
}
