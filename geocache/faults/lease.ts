import { monoNs, stamp, type Stamp } from "../../base/clocks.ts";
import type { FaultRecord } from "../../contracts/fault.ts";

/** The instant at which a lease that starts now will end. */
export function leaseEnd(leaseMs: number): Stamp {
  const now = stamp();
  return {
    monoNs: (BigInt(now.monoNs) + BigInt(leaseMs) * 1_000_000n).toString(),
    utc: new Date(Date.parse(now.utc) + leaseMs).toISOString(),
  };
}

/** Over, or taken before the host was started anew, when the monotonic clock began again. */
export function leaseOver(record: FaultRecord): boolean {
  const now = monoNs();
  return BigInt(record.leaseEndsAt.monoNs) <= now || BigInt(record.requestedAt.monoNs) > now;
}
