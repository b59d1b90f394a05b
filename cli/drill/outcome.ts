import path from "node:path";
import type { z } from "zod";
import { isLifeboatError, LifeboatError } from "../../base/errors.ts";
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

/**
 * The outcome of a drill whose workflow broke, once somebody else has sealed its bundle.
 * @throws UNAVAILABLE when it broke before it had a bundle; TIMED_OUT
 */
export async function outcomeOfSealed(
  recorder: ApiClient,
  drill: { readonly drillId: string; readonly why: string },
): Promise<Outcome> {
  const { drillId, why } = drill;
  const bundle = await waitFor(
    async () => {
      const found = await statusOf(recorder, drillId);
      return found === null ? { folder: null } : found.state === "sealed" && found;
    },
    { what: `the bundle of ${drillId} to be sealed`, timeoutMs: JANITOR_TIMEOUT_MS, intervalMs: 500 },
  );
  if (bundle.folder === null) throw new LifeboatError("UNAVAILABLE", `${drillId} could not be opened: ${why}`);
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

/** Null for a drill without a bundle. */
async function statusOf(recorder: ApiClient, drillId: string): Promise<z.infer<typeof bundleStatusSchema> | null> {
  try {
    const path = `/bundles/${encodeURIComponent(drillId)}`;
    return await recorder.call({ method: "GET", path, answer: bundleStatusSchema });
  } catch (error) {
    if (isLifeboatError(error) && error.code === "NOT_FOUND") return null;
    throw error;
  }
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
