import type { ApiClient } from "../../base/http-client.ts";
import { ledgerStatusSchema } from "../../contracts/ledger.ts";
import { sessionStatusSchema, type StreamStatus } from "../../contracts/observer.ts";
import { formatDuration } from "../durations.ts";

const TIMEOUT_MS = 1000;

export type NumberSources = { readonly observer: ApiClient; readonly ledger: ApiClient };

/**
 * What users feel right now and what was acknowledged so far, in words. Empty while nothing is observed: a drill is
 * followed whether or not its observer answers.
 */
export async function currentNumbers(sources: NumberSources, drillId: string): Promise<string[]> {
  const id = encodeURIComponent(drillId);
  const call = { method: "GET", timeoutMs: TIMEOUT_MS } as const;
  const [session, ledger] = await Promise.all([
    sources.observer.call({ ...call, path: `/sessions/${id}`, answer: sessionStatusSchema }).catch(() => undefined),
    sources.ledger.call({ ...call, path: `/ledgers/${id}`, answer: ledgerStatusSchema }).catch(() => undefined),
  ]);
  const streams = session?.state === "running" ? session.streams.filter(({ kind }) => kind === "service") : [];
  const acknowledged = ledger?.writers.reduce((sum, { ok }) => sum + ok, 0);
  return [
    ...streams.map(streamInWords),
    ...(acknowledged === undefined ? [] : [`${acknowledged} writes acknowledged`]),
  ];
}

function streamInWords({ region, op, okRatio, p95Ms }: StreamStatus): string {
  const ok = okRatio === null ? "no answer yet" : `${Math.floor(okRatio * 100)} % ok`;
  return `${op} ${region} ${ok}${p95Ms === null ? "" : ` p95 ${formatDuration(p95Ms)}`}`;
}
