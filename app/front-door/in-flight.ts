import { stamp, type Stamp } from "../../base/clocks.ts";

/** Counts requests under way by routing version, and sees when the last one of an older version is answered. */
export type InFlight = {
  /** Returns the function to call once the request was answered. */
  begin(request: { readonly version: number; readonly isWrite: boolean }): () => void;
  olderThan(version: number): number;
  writes(): number;
  lastOldVersionServedAt(): Stamp | null;
  /** Called just before a switch: what was served until now belongs to the switch before. */
  switched(): void;
};

type InFlightOptions = {
  readonly currentVersion: () => number;
  /** From before a restart. */
  readonly lastOldVersionServedAt: Stamp | null;
  /** Told whenever no request of an older version is left. */
  readonly settled: (lastOldVersionServedAt: Stamp) => void;
};

export function createInFlight(options: InFlightOptions): InFlight {
  const byVersion = new Map<number, number>();
  let writes = 0;
  let lastOld = options.lastOldVersionServedAt;
  const olderThan = (version: number): number => {
    let sum = 0;
    for (const [older, count] of byVersion) if (older < version) sum += count;
    return sum;
  };
  const end = (version: number, isWrite: boolean): void => {
    const left = (byVersion.get(version) ?? 1) - 1;
    if (left === 0) byVersion.delete(version);
    else byVersion.set(version, left);
    if (isWrite) writes -= 1;
    const current = options.currentVersion();
    if (version >= current) return;
    lastOld = stamp();
    if (olderThan(current) === 0) options.settled(lastOld);
  };
  return {
    begin({ version, isWrite }) {
      byVersion.set(version, (byVersion.get(version) ?? 0) + 1);
      if (isWrite) writes += 1;
      return () => end(version, isWrite);
    },
    olderThan,
    writes: () => writes,
    lastOldVersionServedAt: () => lastOld,
    switched() {
      lastOld = null;
    },
  };
}
