import type { HttpEnd } from "../../base/http1/slots.ts";
import { NOT_WRITTEN_HEADER, OUT_OF_MEMORY_STATUS } from "../../contracts/app.ts";
import { OOM_REASON, type WriteOutcome } from "../../contracts/ledger.ts";
import { servedByHeaders } from "../../contracts/routing.ts";

/** Who served a write, as its answer says. */
type ServedBy = {
  readonly region: string | null;
  readonly cache: string | null;
  readonly routingVersion: number | null;
};

/**
 * What an ended write was. Only what surely never reached a cache is `fail`; a 2xx alone is `ok`; all else is
 * `unknown`, as in Jepsen's `info`: it may or may not have happened. `undefined` stands for a time-out.
 */
export function outcomeOf(end: HttpEnd | undefined, wasSent: boolean): WriteOutcome {
  if (!wasSent) return "fail";
  if (end === undefined || end.kind === "failed") return "unknown";
  if (end.status >= 200 && end.status < 300) return "ok";
  if (end.status >= 400 && end.status < 500) return "fail";
  if (isOutOfMemory(end)) return "fail";
  return end.headers.get(NOT_WRITTEN_HEADER) === "1" ? "fail" : "unknown";
}

/** Why a write failed, as far as it has to be known. */
export function reasonOf(end: HttpEnd | undefined): typeof OOM_REASON | undefined {
  return end && isOutOfMemory(end) ? OOM_REASON : undefined;
}

function isOutOfMemory(end: HttpEnd): boolean {
  return end.kind === "answer" && end.status === OUT_OF_MEMORY_STATUS;
}

export function servedByOf(end: HttpEnd | undefined): ServedBy {
  if (end?.kind !== "answer") return { region: null, cache: null, routingVersion: null };
  const version = Number(textOf(end.headers.get(servedByHeaders.routingVersion)) ?? Number.NaN);
  return {
    region: textOf(end.headers.get(servedByHeaders.region)),
    cache: textOf(end.headers.get(servedByHeaders.cache)),
    routingVersion: Number.isFinite(version) ? version : null,
  };
}

function textOf(header: string | undefined): string | null {
  return header === undefined || header === "" ? null : header;
}
