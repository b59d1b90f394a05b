import type { GroupSeries, MemorySeries } from "../evidence/view.ts";

/** A made-up loss of west: its survivors' memory fills until west is unlinked by force, and it joins anew. */
export const GROUP_TIMES = {
  lengthMs: 110_000,
  faultMs: 12_000,
  decidedMs: 60_000,
  unlinkMs: 60_100,
  unlinkedMs: 60_900,
  liftedMs: 75_000,
  rejoinedMs: 96_000,
} as const;
export const MAX_BYTES = 50_000_000;
const BUCKET_MS = 200;

export const groupMembers = [
  { cache: "cache-west", region: "westeurope" },
  { cache: "cache-north", region: "northeurope" },
  { cache: "cache-east", region: "eastus" },
] as const;

const { lengthMs, faultMs, unlinkMs, unlinkedMs, liftedMs, rejoinedMs } = GROUP_TIMES;

function buckets<T>(make: (atMs: number) => T | null): T[] {
  const count = Math.floor((lengthMs - 2000) / BUCKET_MS);
  return Array.from({ length: count }, (_, n) => make(1000 + n * BUCKET_MS)).filter((made) => made !== null);
}

/** Megabytes at a survivor: rises by 0.5 a second while it keeps everything for west. */
function usedMb(atMs: number): number {
  if (atMs < faultMs) return 10;
  if (atMs < unlinkMs) return 10 + (atMs - faultMs) / 2000;
  if (atMs < unlinkedMs) return 34 - ((atMs - unlinkMs) / (unlinkedMs - unlinkMs)) * 20;
  return 14;
}

function memoryOf({ cache, region }: (typeof groupMembers)[number]): MemorySeries {
  const isLost = region === "westeurope";
  const points = buckets((atMs) => {
    if (isLost && atMs >= faultMs && atMs < rejoinedMs - 4000) return null;
    const usedBytes = (isLost ? 11 : usedMb(atMs)) * 1e6;
    const rssBytes = (isLost || atMs < faultMs ? 16 : 16 + Math.min(24, (atMs - faultMs) / 2000)) * 1e6;
    return { atMs, usedBytes, rssBytes, maxBytes: MAX_BYTES, logBytes: Math.max(0, usedBytes - 10e6) };
  });
  return { member: cache, region, bucketMs: BUCKET_MS, points };
}

export function groupSeries(): GroupSeries {
  const survivors = groupMembers.filter(({ region }) => region !== "westeurope");
  return {
    nickname: "shop",
    memory: groupMembers.map(memoryOf),
    lag: survivors.map(({ cache }) => ({
      member: cache,
      peer: "cache-west",
      bucketMs: BUCKET_MS,
      points: buckets((atMs) => {
        if (atMs < faultMs || atMs >= unlinkedMs) return { atMs, operations: 3, bytes: 400, lagMs: 21 };
        const lagMs = atMs - faultMs;
        return { atMs, operations: lagMs / 2, bytes: lagMs * 500, lagMs };
      }),
    })),
    forecast: {
      bucketMs: BUCKET_MS,
      points: buckets((atMs) => ({
        atMs,
        minutesToOom: atMs < faultMs + 2000 || atMs >= unlinkMs ? null : (50 - usedMb(atMs)) / 0.5 / 60,
        headroomRatio: 1 - usedMb(atMs) / 50,
      })),
    },
    missed: [{ fromMs: liftedMs, toMs: liftedMs + 300 }],
  };
}
