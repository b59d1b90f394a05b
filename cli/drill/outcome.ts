import path from "node:path";
import type { ApiClient } from "../../base/http-client.ts";
import { readJson } from "../../base/files.ts";
import { waitFor } from "../../base/waits.ts";
import { bundleStatusSchema } from "../../contracts/recorder.ts";
import { verdictSchema, type Verdict } from "../../evidence/bundle.ts";
import type { DrillResult } from "../../workflows/messages.ts";
import { exitCodes } from "../context.ts";

/** The janitor heals and seals in less than this, leases included. */
const JANITOR_TIMEOUT_MS = 90_000;

export type Outcome = {
  readonly drillId: string;
  readonly overall: Verdict;
  readonly ending: string;
  readonly folder: string;
  readonly reportFile: string;
  readonly objectives: DrillResult["objectives"];
  readonly headline: DrillResult["headline"] | null;
};

/** The outcome of a drill whose workflow broke, once somebody else has sealed its bundle. @throws TIMED_OUT */
export async function outcomeOfSealed(recorder: ApiClient, drillId: string): Promise<Outcome> {
  const bundle = await waitFor(
    async () => {
      const url = `/bundles/${encodeURIComponent(drillId)}`;
      const status = await recorder.call({ method: "GET", path: url, answer: bundleStatusSchema });
      return status.state === "sealed" && status;
    },
    { what: `the bundle of ${drillId} to be sealed`, timeoutMs: JANITOR_TIMEOUT_MS, intervalMs: 500 },
  );
  const verdict = verdictSchema.parse(await readJson(path.join(bundle.folder, "verdict.json")));
  return {
    drillId,
    overall: verdict.overall,
    ending: verdict.ending,
    folder: bundle.folder,
    reportFile: path.join(bundle.folder, "report.html"),
    objectives: verdict.objectives.map(({ id, verdict: each, why }) => ({ id, verdict: each, why })),
    headline: null,
  };
}

export function exitCodeOf(outcome: Outcome): number {
  return outcome.ending === "aborted" ? exitCodes.aborted : exitCodes[outcome.overall];
}

/** What a person wants to know first: verdict, recovery time, losses, why, and where to read on. */
export function renderOutcome(outcome: Outcome): string {
  const ending = outcome.ending === "completed" ? "" : ` (${outcome.ending})`;
  const figures = outcome.headline
    ? [`RTO          ${outcome.headline.rto}`, `lost writes  ${outcome.headline.lostWrites}`]
    : [];
  const objectives = outcome.objectives.map(({ id, verdict, why }) => `  ${verdict.padEnd(12)} ${id}: ${why}`);
  return [
    `${outcome.overall.toUpperCase()}${ending}  ${outcome.drillId}`,
    ...figures,
    ...objectives,
    `report       ${outcome.reportFile}`,
    `bundle       ${outcome.folder}`,
  ].join("\n");
}
