import { createHash } from "node:crypto";
import type { Stamp } from "../base/clocks.ts";

/** A made-up region outage: west is lost at 9.2 s, users are served again from east at 12.0 s, all is well at 32 s. */
const OPENED_NS = 987_654_321_000_000n;
const OPENED_UTC = Date.parse("2026-11-21T14:05:00.000Z");
export const BUCKET_MS = 100;
export const LENGTH_MS = 41_000;
export const OUTAGE = { fromMs: 9200, toMs: 12_034 } as const;

export function at(offsetMs: number): Stamp {
  return {
    monoNs: (OPENED_NS + BigInt(Math.round(offsetMs * 1e6))).toString(),
    utc: new Date(OPENED_UTC + Math.floor(offsetMs)).toISOString(),
  };
}

export function sha(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
