import { stamp, type Stamp } from "../../base/clocks.ts";

/** Counts requests under way by routing version, and sees when the last one of an older version is answered. */
export type InFlight = {
  /** Returns the function to call once the request was answered. */
  begin(request: { readonly version: number; readonly isWrite: boolean }): () => void;
  olderThan(version: number): number;
  writes(): number;
  lastOldVersionServedAt(): Stamp | null;
  /** Starts a new reckoning: what was served before belongs to the switch before. */
  switched(): void;
};

export function createInFlight(currentVersion: () => number, former: Stamp | null): InFlight {
  const byVersion = new Map<number, number>();
  let writes = 0;
  let lastOld = former;
  const end = (version: number, isWrite: boolean): void => {
    const left = (byVersion.get(version) ?? 1) - 1;
    if (left === 0) byVersion.delete(version);
    else byVersion.set(version, left);
    if (isWrite) writes -= 1;
    if (version < currentVersion()) lastOld = stamp();
  };
  return {
    begin({ version, isWrite }) {
      byVersion.set(version, (byVersion.get(version) ?? 0) + 1);
      if (isWrite) writes += 1;
      return () => end(version, isWrite);
    },
    olderThan(version) {
      let sum = 0;
      for (const [older, count] of byVersion) if (older < version) sum += count;
      return sum;
    },
    writes: () => writes,
    lastOldVersionServedAt: () => lastOld,
    switched() {
      lastOld = null;
    },
  };
}
