import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ProbeSample } from "../../contracts/observer.ts";
import type { ProbeFile } from "../raw-files.ts";
import { longestOutage, probesOf } from "./outage.ts";

type Outage = { readonly mode: "silent" | "held" | "refusing"; readonly downUs: number; readonly upUs: number };
type Prober = { readonly intervalUs: number; readonly timeoutUs: number; readonly jitterUs: readonly number[] };

/** What an open-loop prober sees of a service that is down from `downUs` to `upUs`. Travel takes 100 µs each way. */
function simulate(outage: Outage, prober: Prober): ProbeSample[] {
  const samples: ProbeSample[] = [];
  for (let n = 0; n * prober.intervalUs < 3_000_000; n += 1) {
    const due = n * prober.intervalUs;
    const sent = due + (prober.jitterUs[n % prober.jitterUs.length] ?? 0);
    samples.push(seen(outage, { due, sent, timeoutUs: prober.timeoutUs }));
  }
  return samples;
}

function seen(outage: Outage, { due, sent, timeoutUs }: { due: number; sent: number; timeoutUs: number }): ProbeSample {
  const served = sent + 100;
  const down = served >= outage.downUs && served < outage.upUs;
  if (!down) return [due, sent, served + 100, "ok", null];
  if (outage.mode === "refusing") return [due, sent, served + 100, "refused", null];
  const answered = outage.mode === "held" ? outage.upUs + 100 : null;
  if (answered !== null && answered <= sent + timeoutUs) return [due, sent, answered, "ok", null];
  return [due, sent, sent + timeoutUs, "timeout", answered];
}

function fileOf(samples: readonly ProbeSample[]): ProbeFile {
  const stream = {
    name: "s",
    region: "west",
    op: "write",
    intervalMs: 1,
    timeoutMs: 200,
    kind: "service",
    target: "x",
  } as const;
  return {
    header: { schema: "lifeboat/probes/1", stream, origin: { monoNs: "0", utc: "2026-01-01T00:00:00.000Z" } },
    samples,
  };
}

describe("the longest outage of a stream", () => {
  it("contains the truth, whatever the schedule, the time-out, the jitter and the way of being down", () => {
    const cases = fc.record({
      mode: fc.constantFrom("silent" as const, "held" as const, "refusing" as const),
      downUs: fc.integer({ min: 200_000, max: 900_000 }),
      lastsUs: fc.integer({ min: 1, max: 1_200_000 }),
      intervalUs: fc.integer({ min: 2000, max: 100_000 }),
      timeoutUs: fc.integer({ min: 5000, max: 300_000 }),
      jitterUs: fc.array(fc.integer({ min: 0, max: 1900 }), { minLength: 1, maxLength: 7 }),
    });
    fc.assert(
      fc.property(cases, ({ mode, downUs, lastsUs, ...prober }) => {
        const samples = simulate({ mode, downUs, upUs: downUs + lastsUs }, prober);
        const { outage } = longestOutage(probesOf(fileOf(samples), 0), downUs / 1000);
        if (!samples.some((sample) => sample[3] !== "ok")) return;
        expect(outage.kind).toBe("measured");
        if (outage.kind !== "measured") return;
        expect(outage.lo).toBeLessThanOrEqual(lastsUs / 1000);
        expect(outage.hi).toBeGreaterThanOrEqual(lastsUs / 1000);
      }),
      { numRuns: 400 },
    );
  });

  it("is not measured, but bounded from below, when it had not ended", () => {
    const samples = simulate(
      { mode: "refusing", downUs: 500_000, upUs: 9_000_000 },
      { intervalUs: 10_000, timeoutUs: 200_000, jitterUs: [0] },
    );
    const { outage } = longestOutage(probesOf(fileOf(samples), 0), 500);
    expect(outage).toMatchObject({ kind: "not-measured", atLeast: expect.closeTo(2490, -1) });
  });

  it("is not measured without probes, and never zero by default", () => {
    expect(longestOutage({ ok: [], failed: [] }, 0).outage.kind).toBe("not-measured");
    expect(longestOutage({ ok: [], failed: [] }, null).outage.kind).toBe("not-measured");
  });
});
