import type { ActiveMeasure, MemoryMoment } from "../evidence/active-bundle.ts";
import type { ConflictList } from "../evidence/view.ts";
import { at } from "./fixture-clock.test-helper.ts";
import { groupMembers, GROUP_TIMES, MAX_BYTES } from "./fixture-group-series.test-helper.ts";
import { ms } from "./fixture-measures.test-helper.ts";

const { faultMs, decidedMs, unlinkedMs, rejoinedMs, lengthMs } = GROUP_TIMES;

function moment(atMs: number, usedMb: number, rssMb: number): MemoryMoment {
  const usedBytes = usedMb * 1e6;
  const headroomRatio = 1 - usedBytes / MAX_BYTES;
  return { atMs, usedBytes, rssBytes: rssMb * 1e6, maxBytes: MAX_BYTES, logBytes: usedBytes - 10e6, headroomRatio };
}

function memory(): ActiveMeasure["memory"] {
  return groupMembers.map(({ cache, region }) => {
    const isLost = region === "westeurope";
    return {
      member: cache,
      region,
      beforeFault: moment(faultMs - 200, 10, 16),
      atDecision: isLost ? null : moment(decidedMs - 200, 34, 40),
      atPeak: isLost ? null : moment(decidedMs, 34.1, 40),
      afterRelease: isLost ? null : moment(unlinkedMs + 600, 14, 39.8),
      afterHealing: moment(lengthMs - 2000, 14.2, 39.9),
      syncerRssPeakBytes: 92e6,
    };
  });
}

function origins(): ActiveMeasure["origins"] {
  return groupMembers.map(({ region }) => {
    const isLost = region === "westeurope";
    return {
      region,
      attempted: 2010,
      acknowledged: 1990,
      present: isLost ? 1911 : 1990,
      delayed: isLost ? 61 : 0,
      lost: isLost ? 18 : 0,
      lostUnsent: isLost ? 18 : 0,
      disagreeing: 0,
      unread: 0,
      unknown: 20,
      oomRefused: 0,
    };
  });
}

export function activeMeasure(): ActiveMeasure {
  const names = groupMembers.map(({ cache }) => cache);
  const survivors = names.slice(1);
  return {
    samples: 540,
    missedSamples: 2,
    memory: memory(),
    forecast: {
      outcome: { kind: "not-reached", expectedAtMs: 92_100 },
      points: [
        {
          label: "decision",
          atMs: decidedMs,
          member: "cache-north",
          minutesToOom: 0.53,
          actualMinutes: 0.535,
          errorMinutes: -0.005,
        },
        {
          label: "fault",
          atMs: faultMs + 4000,
          member: "cache-east",
          minutesToOom: 1.1,
          actualMinutes: 1.27,
          errorMinutes: -0.17,
        },
      ],
    },
    headroomAtDecision: { kind: "measured", lo: 0.318, hi: 0.324, unit: "ratio" },
    tightestAtDecision: "cache-north",
    timeToConverge: ms(4100, 5010),
    drillClock: ms(95_990, 96_010),
    comparisons: [
      {
        label: "healed",
        atMs: rejoinedMs + 5000,
        tookMs: 800,
        equal: true,
        members: names.map((cache) => ({ cache, keys: 5003, elements: 9127 })),
        differenceCount: 0,
        differences: [],
      },
    ],
    conflicts: [
      { member: "cache-north", count: 3, listed: 3 },
      { member: "cache-east", count: 2, listed: 2 },
      { member: "cache-west", count: 0, listed: null },
    ],
    origins: origins(),
    lostAcknowledged: { kind: "measured", lo: 18, hi: 18, unit: "writes" },
    oomRefusals: { kind: "measured", lo: 0, hi: 0, unit: "writes" },
    disagreements: [{ writer: "westeurope-1", seq: 812, has: ["cache-north"], lacks: ["cache-east"] }],
    counters: survivors.map((cache) => ({
      label: "after-healing",
      cache,
      key: "counter:visits",
      shown: 1204,
      acknowledged: 1200,
      unknown: 6,
      sum: "adds-up",
    })),
    sets: survivors.map((cache) => ({ label: "after-healing", cache, strangers: 0 })),
    lag: survivors.map((member) => ({
      member,
      peer: "cache-west",
      maxOperations: 24_300,
      maxBytes: 24_000_000,
      maxMs: 48_900,
      maxAtMs: unlinkedMs - 200,
      lastOperations: 0,
    })),
    epochs: [
      ...names.map((member) => ({ member, atMs: 1000, epoch: 4, members: names })),
      ...survivors.map((member) => ({ member, atMs: unlinkedMs, epoch: 5, members: survivors })),
      ...names.map((member) => ({ member, atMs: rejoinedMs - 200, epoch: 6, members: names })),
    ],
    totalLoss: false,
  };
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

/** Keys and values are bytes of clients: printable, hostile, hidden and not text at all. */
export function conflictLists(): readonly ConflictList[] {
  const keys = [base64("session:42"), base64("<img src=x onerror=window.hit=1>"), base64("a\u202eb")];
  const values = [base64("blue"), null, Buffer.from([0xff, 0x00, 0x80]).toString("base64")];
  const list = (member: string, count: number): ConflictList => ({
    member,
    count,
    first: keys.slice(0, count).map((key, index) => ({
      n: index + 1,
      at: at(decidedMs + index),
      key,
      cell: index === 1 ? base64("field-1") : null,
      rule: index === 0 ? "last-write-wins" : "add-wins",
      winner: { origin: "cache-north/1", seq: 100 + index, hlcUs: 1_795_000_000_000_000 },
      loser: { origin: "cache-east/1", seq: 90 + index, hlcUs: 1_794_999_999_000_000 },
      lostValue: values[index] ?? null,
    })),
  });
  return [list("cache-north", 3), list("cache-east", 2), { member: "cache-west", count: 0, first: [] }];
}
