import type { WriteLine } from "../../../contracts/ledger.ts";
import type { ActiveMeasure, OriginMeasure } from "../../active-bundle.ts";
import type { ReadsFile, WritesFile } from "../../raw-files.ts";
import type { RunClock } from "../clock.ts";
import type { Refusal } from "./forecasts.ts";
import type { Moments } from "./moments.ts";
import { sightingsIn, type Sightings } from "../sightings.ts";

export type ActiveLedgerInput = {
  readonly writes: WritesFile;
  readonly reads: readonly ReadsFile[];
  readonly clock: RunClock;
  readonly moments: Moments;
};

type Fate = "present" | "delayed" | "lost" | "disagreeing" | "unread";
type Disagreements = ActiveMeasure["disagreements"];
export type Origins = { readonly origins: OriginMeasure[]; readonly disagreements: Disagreements };

const DISAGREEMENTS_NAMED = 100;

/**
 * What became of every write whose value can be told from others, by the region that acknowledged it (else by its
 * writer's). Lost is only what no member has after healing; absent after recovery and everywhere later is delayed.
 */
export function originsOf(input: ActiveLedgerInput): Origins {
  const at = (label: ReadsFile["header"]["label"]): Sightings | null =>
    sightingsIn(
      input.reads.filter((one) => one.header.label === label),
      input.writes,
      input.clock,
    );
  const [recovery, healing] = [at("after-recovery"), at("after-healing")];
  const regionOf = regionsOf(input.writes);
  const origins = new Map<string, OriginMeasure>();
  const disagreements: Disagreements = [];
  for (const write of input.writes.lines) {
    const region = regionOf(write);
    const origin = origins.get(region) ?? nothingOf(region);
    origins.set(region, origin);
    count(origin, write);
    if (write[5] !== "ok" || !regionOf.isTold(write)) continue;
    const fate = fateOf(write, recovery, healing);
    origin[fate] += 1;
    if (fate === "lost" && wasUnsent(write, region, input)) origin.lostUnsent += 1;
    if (fate === "disagreeing" && healing && disagreements.length < DISAGREEMENTS_NAMED) {
      disagreements.push(disagreement(write, healing));
    }
  }
  return { origins: [...origins.values()].toSorted((a, b) => (a.region < b.region ? -1 : 1)), disagreements };
}

/** Writes that survivors refused because their memory was full. */
export function refusalsOf({ writes, clock, moments }: ActiveLedgerInput): Refusal[] {
  const originMs = clock.at(writes.header.origin);
  return writes.lines
    .filter((line) => line[9] === "oom" && !moments.lostRegions.includes(line[6] ?? ""))
    .map((line) => ({ atMs: originMs + line[4] / 1000, cache: line[7] }));
}

type RegionOf = { (write: WriteLine): string; isTold(write: WriteLine): boolean };

function regionsOf({ header }: WritesFile): RegionOf {
  const writers = new Map((header.writers ?? []).map((one) => [one.name, one]));
  const regionOf = (write: WriteLine): string => write[6] ?? writers.get(write[0])?.region ?? "unknown";
  /** One write to a counter cannot be told from the next: only their sum says something. */
  const isTold = (write: WriteLine): boolean => writers.get(write[0])?.stores?.kind !== "counter";
  return Object.assign(regionOf, { isTold });
}

function nothingOf(region: string): OriginMeasure {
  const counts = { attempted: 0, acknowledged: 0, present: 0, delayed: 0, lost: 0, lostUnsent: 0 };
  return { region, ...counts, disagreeing: 0, unread: 0, unknown: 0, oomRefused: 0 };
}

function count(origin: OriginMeasure, write: WriteLine): void {
  origin.attempted += 1;
  if (write[5] === "ok") origin.acknowledged += 1;
  if (write[5] === "unknown") origin.unknown += 1;
  if (write[9] === "oom") origin.oomRefused += 1;
}

function fateOf(write: WriteLine, recovery: Sightings | null, healing: Sightings | null): Fate {
  const sights = healing?.of(write) ?? null;
  if (!sights) return "unread";
  const has = sights.includes("present");
  const lacks = sights.includes("absent") || sights.includes("wrong-token");
  if (has && lacks) return "disagreeing";
  if (sights.includes("unread")) return "unread";
  if (lacks) return "lost";
  const early = recovery?.of(write) ?? [];
  return early.includes("absent") || early.includes("wrong-token") ? "delayed" : "present";
}

/** The region that a fault took away had acknowledged it before it was a member again: nobody had pulled it. */
function wasUnsent(write: WriteLine, region: string, { writes, clock, moments }: ActiveLedgerInput): boolean {
  const endMs = clock.at(writes.header.origin) + write[4] / 1000;
  const backMs = moments.rejoined ? moments.redundantMs : moments.lifted?.hi;
  return moments.lostRegions.includes(region) && endMs <= (backMs ?? Infinity);
}

function disagreement(write: WriteLine, healing: Sightings): Disagreements[number] {
  const sights = healing.of(write) ?? [];
  const [writer, seq] = write;
  const where = (isSo: (present: boolean) => boolean): string[] =>
    healing.caches.filter((_cache, at) => isSo(sights[at] === "present"));
  return { writer, seq, has: where((present) => present), lacks: where((present) => !present) };
}
