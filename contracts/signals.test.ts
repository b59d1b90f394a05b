import { describe, expect, it } from "vitest";
import { awaitSignalsSchema, survivorsMemory, type GroupSample } from "./signals.ts";

type Member = GroupSample["members"][number];
type View = NonNullable<Member["view"]>;

const view: View = {
  origin: "east/1",
  phase: "open",
  detail: null,
  epoch: 3,
  members: ["east"],
  peers: [],
  issued: 0,
  applied: [],
  conflicts: 0,
  logBytes: 0,
  usedMemoryBytes: 10,
  rssBytes: 20,
  maxmemoryBytes: 100,
  syncerRssBytes: 30,
  atUs: 5000,
};

function memoryOf(changes: Partial<View> | null, member: Partial<Member> = {}) {
  const one: Member = {
    cache: "east",
    region: "eastus",
    running: true,
    view: changes && { ...view, ...changes },
    ...member,
  };
  return survivorsMemory({ sentUs: 0, endUs: 9000, epoch: 3, totalLoss: false, members: [one] });
}

describe("what a poll says of the survivors' memory", () => {
  it("is what an open member of the group has in use, when it said so", () => {
    expect(memoryOf({})).toEqual([{ member: "east", atMs: 5, usedBytes: 10, maxBytes: 100 }]);
  });

  it.each([
    ["could not be asked", null, {}],
    ["does not run", {}, { running: false }],
    ["joins and is being filled", { phase: "joining" }, {}],
    ["still catches up", { phase: "catching-up" }, {}],
    ["was unlinked, at an older epoch", { epoch: 2 }, {}],
  ] as const)("is nothing for a member that %s", (_what, changes, member) => {
    expect(memoryOf(changes, member)).toEqual([]);
  });
});

describe("what is waited for", () => {
  it("must be said: headroom, forecast or both", () => {
    expect(awaitSignalsSchema.safeParse({ timeoutMs: 10 }).success).toBe(false);
    expect(awaitSignalsSchema.safeParse({ timeoutMs: 10, oomWithinMinutes: 2 }).success).toBe(true);
    expect(awaitSignalsSchema.safeParse({ timeoutMs: 10, headroomBelowRatio: 0.3 }).success).toBe(true);
  });
});
