import { LifeboatError } from "../../base/errors.ts";
import type { FaultRecord } from "../../contracts/fault.ts";

export type Hold = { readonly holder: string; readonly fencingToken: number };

/** Whoever injects or prolongs a fault must not be older than anyone seen before. @throws STALE_TOKEN */
export function requireFresh(token: number, highestSeen: number): void {
  if (token >= highestSeen) return;
  throw new LifeboatError("STALE_TOKEN", `fencing token ${token} is older than ${highestSeen}, which was already seen`);
}

/** The holder itself, or someone newer. @throws STALE_TOKEN */
export function requireRightTo(record: FaultRecord, hold: Hold): void {
  const own = hold.holder === record.holder && hold.fencingToken >= record.fencingToken;
  if (own || hold.fencingToken > record.fencingToken) return;
  throw new LifeboatError(
    "STALE_TOKEN",
    `fault ${record.id} is held by ${record.holder} with token ${record.fencingToken}`,
  );
}
