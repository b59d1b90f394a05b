import type { Interval } from "../bundle.ts";
import type { ProbeFile } from "../raw-files.ts";
import { measured, notMeasured } from "./interval.ts";

/** Good probes for this long end an outage: what fails later is another one. Also what `stable` asks for. */
export const STABLE_MS = 2000;

type Probe = {
  readonly sentMs: number;
  readonly endMs: number;
  readonly lateMs: number | null;
  readonly latenessMs: number;
  readonly timedOut: boolean;
};

/** Bounds of the instants at which one outage began and ended, in run milliseconds. Null: unknown. */
export type Episode = {
  readonly beganLo: number | null;
  readonly beganHi: number;
  readonly endedLo: number;
  readonly endedHi: number | null;
};

export type StreamProbes = { readonly ok: readonly Probe[]; readonly failed: readonly Probe[] };

/** A stream's probes on the run's clock, each in the order of sending. */
export function probesOf(file: ProbeFile, originMs: number): StreamProbes {
  const ok: Probe[] = [];
  const failed: Probe[] = [];
  for (const [dueUs, sentUs, endUs, outcome, lateUs] of file.samples) {
    (outcome === "ok" ? ok : failed).push({
      sentMs: originMs + sentUs / 1000,
      endMs: originMs + endUs / 1000,
      lateMs: lateUs === null ? null : originMs + lateUs / 1000,
      latenessMs: Math.max(0, (sentUs - dueUs) / 1000),
      timedOut: outcome === "timeout",
    });
  }
  const bySending = (a: Probe, b: Probe): number => a.sentMs - b.sentMs;
  return { ok: ok.toSorted(bySending), failed: failed.toSorted(bySending) };
}

/**
 * Where the outages of a stream surely lie.
 *
 * What a probe sent at s and ended at e proves: good — the service was up at some instant of [s, e]; failed — it was
 * down at some instant of [s, e] (for a time-out: had it been up throughout, the answer would be there). So, for an
 * outage [D, U] with failed probes F:
 * - D ≤ min e(F) and U ≥ max s(F).
 * - A good probe sent no later than the first of F and ended by max s(F) was served before the outage: D ≥ its s.
 *   One sent after min e(F) and not before the last of F was served after it: U ≤ its e. Good probes that overlap
 *   the edges prove neither, however tempting; this is where time-outs cost width.
 * - A good answer that came late, at l, to a probe sent after min e(F) proves the service was up by then: U ≤ l. It
 *   does not prove that it was down until then (a retransmission waits), so it never raises the lower bound.
 * Lateness: s and e are read when they happen, so a late send shifts s itself and needs no widening. Only a
 * time-out's e is nominal (sent + time-out): a prober that was late then may have noticed later, so the largest
 * lateness while such a probe was open is added to its e.
 */
export function episodesOf(probes: StreamProbes, fromMs: number): Episode[] {
  const failed = probes.failed.filter((probe) => probe.endMs >= fromMs);
  return splitByGoodTime(failed, probes.ok).map((part) => boundsOf(part, probes));
}

function splitByGoodTime(failed: readonly Probe[], ok: readonly Probe[]): Probe[][] {
  const parts: Probe[][] = [];
  let quietFromMs = -Infinity;
  for (const probe of failed) {
    const apart = probe.sentMs - quietFromMs >= STABLE_MS && sawGood(ok, quietFromMs, probe.sentMs);
    const current = parts.at(-1);
    if (current && !apart) current.push(probe);
    else parts.push([probe]);
    quietFromMs = Math.max(quietFromMs, probe.endMs);
  }
  return parts;
}

function sawGood(ok: readonly Probe[], fromMs: number, toMs: number): boolean {
  const next = ok[firstSentFrom(ok, fromMs)];
  return next !== undefined && next.endMs <= toMs;
}

/** Index of the first probe sent at `fromMs` or later. */
function firstSentFrom(sorted: readonly Probe[], fromMs: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as Probe).sentMs < fromMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

function boundsOf(failed: readonly Probe[], probes: StreamProbes): Episode {
  const firstSent = (failed[0] as Probe).sentMs;
  const endedLo = (failed.at(-1) as Probe).sentMs;
  let beganHi = Infinity;
  for (const probe of failed) beganHi = Math.min(beganHi, knownDownBy(probe, probes));
  return {
    beganLo: lastGoodBefore(probes.ok, firstSent, endedLo),
    beganHi,
    endedLo,
    endedHi: upBy(failed, probes, { beganHi, endedLo }),
  };
}

function knownDownBy(probe: Probe, probes: StreamProbes): number {
  if (!probe.timedOut) return probe.endMs;
  let latenessMs = probe.latenessMs;
  for (const list of [probes.ok, probes.failed]) {
    for (let at = firstSentFrom(list, probe.sentMs); at < list.length; at += 1) {
      const other = list[at] as Probe;
      if (other.sentMs > probe.endMs) break;
      latenessMs = Math.max(latenessMs, other.latenessMs);
    }
  }
  return probe.endMs + latenessMs;
}

function lastGoodBefore(ok: readonly Probe[], firstSentMs: number, endedByMs: number): number | null {
  for (let at = firstSentFrom(ok, firstSentMs) - 1; at >= 0; at -= 1) {
    const probe = ok[at] as Probe;
    if (probe.endMs <= endedByMs) return probe.sentMs;
  }
  return null;
}

function upBy(
  failed: readonly Probe[],
  probes: StreamProbes,
  known: { beganHi: number; endedLo: number },
): number | null {
  let byMs = Infinity;
  const from = firstSentFrom(probes.ok, Math.max(known.beganHi, known.endedLo));
  for (let at = from; at < probes.ok.length; at += 1) {
    const probe = probes.ok[at] as Probe;
    if (probe.sentMs >= byMs) break;
    byMs = Math.min(byMs, probe.endMs);
  }
  for (const probe of failed) {
    const proves = probe.lateMs !== null && probe.sentMs >= known.beganHi && probe.lateMs >= known.endedLo;
    if (proves) byMs = Math.min(byMs, probe.lateMs as number);
  }
  return byMs === Infinity ? null : byMs;
}

/** How long one outage lasted. */
export function lengthOf(episode: Episode): Interval {
  const lo = Math.max(0, episode.endedLo - episode.beganHi);
  if (episode.beganLo === null) return notMeasured("no good probe before the outage", lo);
  if (episode.endedHi === null) return notMeasured("the outage had not ended when measuring ended", lo);
  return measured(lo, episode.endedHi - episode.beganLo);
}

/** The longest outage of a stream from `fromMs` on. Zero–zero when probes were sent and none failed. */
export function longestOutage(probes: StreamProbes, fromMs: number | null): { outage: Interval; outages: number } {
  if (fromMs === null) return { outage: notMeasured("no fault was active and no act was begun"), outages: 0 };
  const lengths = episodesOf(probes, fromMs).map(lengthOf);
  const seen = probes.ok.some((probe) => probe.sentMs >= fromMs);
  if (lengths.length === 0 && !seen)
    return { outage: notMeasured("no probe was sent after the fault began"), outages: 0 };
  if (lengths.length === 0) return { outage: measured(0, 0), outages: 0 };
  const rank = (one: Interval): number => (one.kind === "measured" ? one.hi : Infinity);
  const longest = lengths.reduce((worst, one) => (rank(one) > rank(worst) ? one : worst));
  return { outage: longest, outages: lengths.length };
}
