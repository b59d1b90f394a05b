import type { ActiveMeasure, CounterMeasure, OriginMeasure } from "../../active-bundle.ts";
import type { Interval } from "../../bundle.ts";
import type { ReadsFile } from "../../raw-files.ts";
import { measured, notMeasured } from "../interval.ts";
import type { ActiveLedgerInput } from "./origins.ts";

/**
 * Each counter at each member against what was added to it. An acknowledged addition must be in it and one of unknown
 * outcome may be: acknowledged before the reading ≤ shown ≤ all that were sent before it ended and not surely refused.
 */
export function countersOf(input: ActiveLedgerInput): CounterMeasure[] {
  return input.reads.flatMap((file) =>
    (file.header.shown ?? []).map((reading) => counterOf(reading, file.header, input)),
  );
}

type Header = ReadsFile["header"];
type Reading = NonNullable<Header["shown"]>[number];

function counterOf(reading: Reading, { label, cache }: Header, { writes, clock }: ActiveLedgerInput): CounterMeasure {
  const { key, value: shown } = reading;
  const adding = new Set(
    (writes.header.writers ?? []).flatMap(({ name, stores }) =>
      stores?.kind === "counter" && stores.key === key ? [name] : [],
    ),
  );
  const originMs = clock.at(writes.header.origin);
  const [fromMs, untilMs] = [clock.at(reading.notBefore), clock.at(reading.notAfter)];
  let acknowledged = 0;
  let unknown = 0;
  for (const [writer, , , sentUs, endUs, outcome] of writes.lines) {
    if (!adding.has(writer) || outcome === "fail" || originMs + sentUs / 1000 > untilMs) continue;
    if (outcome === "ok" && originMs + endUs / 1000 <= fromMs) acknowledged += 1;
    else unknown += 1;
  }
  const bounds = { label, shown, acknowledged, unknown };
  return { label, cache, key, shown, acknowledged, unknown, sum: sumOf(bounds) };
}

type Bounds = Pick<CounterMeasure, "label" | "shown" | "acknowledged" | "unknown">;

function sumOf({ label, shown, acknowledged, unknown }: Bounds): CounterMeasure["sum"] {
  if (shown === null) return "unread";
  if (shown > acknowledged + unknown) return "too-high";
  if (shown >= acknowledged) return "adds-up";
  return label === "after-recovery" ? "behind" : "too-low";
}

export function setsOf(reads: readonly ReadsFile[]): ActiveMeasure["sets"] {
  return reads.flatMap(({ header: { label, cache, strangers } }) =>
    strangers === undefined ? [] : [{ label, cache, strangers }],
  );
}

/**
 * Acknowledged writes that the group has lost for good. Those on which members differ, or that could not be read, may be
 * lost. An addition that a counter lacks is lost; one that hides behind another of unknown outcome is not seen.
 */
export function lostAcknowledged(
  origins: readonly OriginMeasure[],
  counters: readonly CounterMeasure[],
  wasRead: boolean,
): Interval {
  if (!wasRead) return notMeasured("no write was read back after healing");
  const total = (of: (one: OriginMeasure) => number): number => origins.reduce((sum, one) => sum + of(one), 0);
  if (total((one) => one.acknowledged) === 0) return notMeasured("no acknowledged write was there to be lost");
  const missing = [...missingByKey(counters).values()];
  const surely = missing.reduce((sum, values) => sum + Math.min(...values), 0);
  const perhaps = missing.reduce((sum, values) => sum + Math.max(...values), 0);
  const lost = total((one) => one.lost);
  const open = total((one) => one.disagreeing + one.unread);
  return measured(lost + surely, lost + perhaps + open, "writes");
}

/** How much each counter is short of, at each member, after healing. */
function missingByKey(counters: readonly CounterMeasure[]): Map<string, number[]> {
  const byKey = new Map<string, number[]>();
  for (const { label, key, shown, acknowledged } of counters) {
    if (label !== "after-healing" || shown === null) continue;
    byKey.set(key, [...(byKey.get(key) ?? []), Math.max(0, acknowledged - shown)]);
  }
  return byKey;
}
