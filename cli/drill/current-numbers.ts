import type { ApiClient } from "../../base/http-client.ts";
import type { Forecast } from "../../contracts/forecast.ts";
import { ledgerStatusSchema } from "../../contracts/ledger.ts";
import { sessionStatusSchema, type StreamStatus } from "../../contracts/observer.ts";
import { signalsStatusSchema } from "../../contracts/signals.ts";
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
  const [session, ledger, signals] = await Promise.all([
    sources.observer.call({ ...call, path: `/sessions/${id}`, answer: sessionStatusSchema }).catch(() => undefined),
    sources.ledger.call({ ...call, path: `/ledgers/${id}`, answer: ledgerStatusSchema }).catch(() => undefined),
    sources.observer.call({ ...call, path: `/signals/${id}`, answer: signalsStatusSchema }).catch(() => undefined),
  ]);
  const streams = session?.state === "running" ? session.streams.filter(({ kind }) => kind === "service") : [];
  const acknowledged = ledger?.writers.reduce((sum, { ok }) => sum + ok, 0);
  return [
    ...streams.map(streamInWords),
    ...(acknowledged === undefined ? [] : [`${acknowledged} writes acknowledged`]),
    ...(signals?.state === "running" ? memoryInWords(signals.forecast) : []),
  ];
}

/** How much memory the tightest member of an active group has left, and for how long. */
function memoryInWords({ headroom, oom }: Forecast): string[] {
  if (headroom === null) return [];
  const left = `${Math.floor(headroom.ratio * 100)} % memory left at ${headroom.member}`;
  if (oom === null) return [left];
  return [left, oom.minutes === 0 ? "out of memory" : `out of memory in ${oom.minutes.toFixed(1)} min`];
}

function streamInWords({ region, op, okRatio, p95Ms }: StreamStatus): string {
  const ok = okRatio === null ? "no answer yet" : `${Math.floor(okRatio * 100)} % ok`;
  return `${op} ${region} ${ok}${p95Ms === null ? "" : ` p95 ${formatDuration(p95Ms)}`}`;
}
