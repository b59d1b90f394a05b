import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { stampSchema } from "../../contracts/stamps.ts";
import { readChain } from "../../evidence/chain.ts";
import type { DrillEvent } from "../../evidence/events.ts";
import { files } from "../../evidence/layout.ts";
import { elapsedMs } from "../../base/clocks.ts";
import { LifeboatError } from "../../base/errors.ts";
import type { Benchmark, BenchmarkOptions } from "../benchmark.ts";
import type { Figure } from "../figure.ts";
import type { HistorySize } from "./histories.ts";
import { privateLifeboat, type FinishedDrill, type PrivateLifeboat } from "./private-lifeboat.ts";

/** A whole drill through the command line, and what it left behind. */
export const drillBenchmark: Benchmark = {
  name: "drill",
  about: "one whole region-outage on the process host, from an empty folder; its bundle and its histories",
  timeoutMs: 240_000,
  async run({ folder, children }: BenchmarkOptions) {
    const lifeboat = privateLifeboat(folder, children);
    try {
      const startMs = performance.now();
      const finished = await lifeboat.drill("region-outage");
      const tookMs = performance.now() - startMs;
      const { events } = readChain(await readFile(path.join(finished.folder, files.events)), finished.drillId);
      if (finished.ending !== "completed") throw brokenOff(finished, events);
      return await figuresOf(lifeboat, { ...finished, events, tookMs });
    } finally {
      await lifeboat.down();
    }
  },
};

type Measured = FinishedDrill & { readonly events: readonly DrillEvent[]; readonly tookMs: number };

function brokenOff({ ending }: FinishedDrill, events: readonly DrillEvent[]): LifeboatError {
  const causes = events.filter((event) => event.type === "error").map((event) => JSON.stringify(event.data));
  return new LifeboatError("UNAVAILABLE", `the drill ended ${ending}: ${causes.join("; ").slice(0, 1000)}`);
}

async function figuresOf(lifeboat: PrivateLifeboat, drill: Measured): Promise<Figure[]> {
  // Temporal's client is large; other benchmarks do without it.
  const { historiesOf } = await import("./histories.ts");
  const histories = await historiesOf(lifeboat.home, drill.drillId);
  const report = await stat(path.join(drill.folder, "report.html"));
  return [
    { name: "decision → last act done", unit: "ms", values: [actMs(drill.events)], goal: { atMost: 1000 } },
    {
      name: "events in Temporal's histories",
      unit: "events",
      values: [sum(histories, "events")],
      goal: { atMost: 600 },
    },
    {
      name: "size of Temporal's histories",
      unit: "kB",
      values: [sum(histories, "bytes") / 1000],
      goal: { atMost: 300 },
    },
    { name: "workflows of the drill, its janitor included", unit: "count", values: [histories.length] },
    { name: "report.html", unit: "kB", values: [report.size / 1000], goal: { atMost: 250 } },
    { name: "verify of the bundle, its start included", unit: "ms", values: [await lifeboat.verifyMs(drill.folder)] },
    {
      name: "the whole drill, start of everything included",
      unit: "s",
      values: [drill.tookMs / 1000],
      note: `verdict: ${drill.overall}`,
    },
  ];
}

/** From the decision (an approval or the policy's word) to the end of the last command of the act phase. */
function actMs(events: readonly DrillEvent[]): number {
  const decided = events.find((event) => event.type === "decision.taken");
  const last = events.findLast((event) => event.type === "command.done" && event.phase === "act");
  if (decided && last) return elapsedMs(decided.at, stampSchema.parse(last.data["endedAt"]));
  throw new LifeboatError("UNAVAILABLE", "the drill never came to an act");
}

function sum(histories: readonly HistorySize[], what: "events" | "bytes"): number {
  return histories.reduce((total, one) => total + one[what], 0);
}
