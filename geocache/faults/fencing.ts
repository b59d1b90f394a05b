import { LifeboatError } from "../../base/errors.ts";
import type { Fault, FaultRecord } from "../../contracts/fault.ts";

export type Hold = { readonly holder: string; readonly fencingToken: number };

/** What has been seen of tokens, to be compared with the one presented now. */
export type SeenTokens = {
  /** The highest one of this holder; 0 when it is unknown. */
  ofHolder(holder: string): number;
  /** The highest one that anyone injected with on this target; 0 when nobody has. */
  onTarget(target: string): number;
};

/** What a fault's fencing is about: holders who touch different targets do not know of each other. */
export function targetOf(fault: Fault): string {
  switch (fault.kind) {
    case "region-outage":
      return `region ${fault.region}`;
    case "memory-pressure":
      return `cache ${fault.cache}`;
    case "link-latency":
    case "link-bandwidth":
    case "link-partition":
    case "link-loss":
    case "link-reset":
      return `link ${fault.from} -> ${fault.to}`;
  }
}

/**
 * Whoever injects must hold its holder's newest token, and must not come after someone newer on the same target.
 * @throws STALE_TOKEN
 */
export function requireRightOn(fault: Fault, hold: Hold, seen: SeenTokens): void {
  requireNewest(hold, seen);
  const target = targetOf(fault);
  const highest = seen.onTarget(target);
  if (hold.fencingToken >= highest) return;
  throw stale(hold, `${target} was taken with token ${highest}`);
}

/** The holder itself with its newest token, or someone newer. @throws STALE_TOKEN */
export function requireRightTo(record: FaultRecord, hold: Hold, seen: SeenTokens): void {
  requireNewest(hold, seen);
  const own = hold.holder === record.holder && hold.fencingToken >= record.fencingToken;
  if (own || hold.fencingToken > record.fencingToken) return;
  throw stale(hold, `fault ${record.id} is held by ${record.holder} with token ${record.fencingToken}`);
}

function requireNewest(hold: Hold, seen: SeenTokens): void {
  const newest = seen.ofHolder(hold.holder);
  if (hold.fencingToken < newest) throw stale(hold, `${hold.holder} has token ${newest} by now`);
}

function stale({ fencingToken }: Hold, why: string): LifeboatError {
  return new LifeboatError("STALE_TOKEN", `fencing token ${fencingToken} is stale: ${why}`);
}
