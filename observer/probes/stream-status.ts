import type { Stamp } from "../../base/clocks.ts";
import type { ProbeOutcome, StreamSpec, StreamStatus } from "../../contracts/observer.ts";
import { holds, noStreak, withOutcome, type Streak } from "./streaks.ts";

type Known = { readonly outcome: ProbeOutcome; readonly sentUs: number; readonly endUs: number };
type Counts = { readonly sent: number; readonly maxLatenessUs: number };

type StatusKeeper = {
  add(known: Known): void;
  status(counts: Counts): StreamStatus;
  streak(): Streak;
  /** Calls back at the first outcome after which the condition holds; at once if it does now and is fresh. */
  whenHolds(wanted: Wanted, then: (streak: Streak) => void): () => void;
};
type Wanted = { readonly condition: "down" | "up"; readonly forMs: number };
type Clock = { readonly nowUs: () => number; readonly stampOf: (us: number) => Stamp };

/** The current numbers of a stream, over the last second where a number needs a span. */
export function createStatusKeeper(spec: StreamSpec, clock: Clock): StatusKeeper {
  const waiting = new Set<() => void>();
  const recent: Known[] = [];
  let streak = noStreak;
  let ok = 0;
  let failed = 0;

  function dropOld(): void {
    const fromUs = clock.nowUs() - 1_000_000;
    while (recent[0] && recent[0].endUs < fromUs) recent.shift();
  }
  return {
    add(known) {
      streak = withOutcome(streak, known.outcome, known.endUs);
      if (known.outcome === "ok") ok += 1;
      else failed += 1;
      recent.push(known);
      dropOld();
      for (const check of waiting) check();
    },
    streak: () => streak,
    status(counts) {
      dropOld();
      const down = streak.up === false;
      return {
        name: spec.name,
        region: spec.region,
        op: spec.op,
        kind: spec.target.kind,
        sent: counts.sent,
        ok,
        failed,
        ...numbersOf(recent),
        failingSince: down ? clock.stampOf(streak.sinceUs) : null,
        consecutiveFailures: down ? streak.length : 0,
        lastOk: streak.lastOkUs === null ? null : clock.stampOf(streak.lastOkUs),
        maxLatenessMs: counts.maxLatenessUs / 1000,
      };
    },
    whenHolds(wanted, then) {
      const check = (): void => {
        if (!holds(streak, wanted.condition, wanted.forMs)) return;
        waiting.delete(check);
        then(streak);
      };
      waiting.add(check);
      const freshUs = (spec.intervalMs + spec.timeoutMs) * 1000;
      if (clock.nowUs() - streak.lastUs <= freshUs) check();
      return () => waiting.delete(check);
    },
  };
}

function numbersOf(recent: readonly Known[]): Pick<StreamStatus, "okRatio" | "p50Ms" | "p95Ms"> {
  const okOnes = recent.filter((known) => known.outcome === "ok");
  const latencies = okOnes.map((known) => (known.endUs - known.sentUs) / 1000).sort((a, b) => a - b);
  return {
    okRatio: recent.length === 0 ? null : okOnes.length / recent.length,
    p50Ms: quantile(latencies, 0.5),
    p95Ms: quantile(latencies, 0.95),
  };
}

function quantile(sorted: readonly number[], q: number): number | null {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? null;
}
