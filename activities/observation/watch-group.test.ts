import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { stamp } from "../../base/clocks.ts";
import type { GroupView, MemberView } from "../../contracts/groups.ts";
import { depsWith, drill, startRecorderStub, startStub, type Stub } from "../deps.test-helper.ts";
import { awaitMemberLost } from "./watch-group.ts";

type PeerState = MemberView["peers"][number]["state"];

/** What b and c find of a; null: they cannot be asked. */
let found: readonly (PeerState | null)[] = ["connected", "connected"];
let asked = 0;
let lab: Stub;
let recorder: Awaited<ReturnType<typeof startRecorderStub>>;

beforeEach(async () => {
  asked = 0;
  recorder = await startRecorderStub();
  lab = await startStub((api) => {
    api.get("/lab/groups/g", () => {
      asked += 1;
      return group();
    });
  });
});
afterEach(async () => {
  await lab.close();
  await recorder.close();
});

function group(): GroupView {
  const members = ["a", "b", "c"].map((cache, at) => {
    const state = cache === "a" ? null : (found[at - 1] ?? null);
    return { cache, region: cache, resourceId: cache, running: true, view: state === null ? null : view(cache, state) };
  });
  return { nickname: "g", epoch: 3, totalLoss: false, members, at: stamp() };
}

function view(member: string, state: PeerState): MemberView {
  const lag = { heardAgoMs: 0, lagOperations: 0, lagBytes: 0, lagMs: 0 };
  const memory = { logBytes: 0, usedMemoryBytes: 1, rssBytes: 1, maxmemoryBytes: 1, syncerRssBytes: 1 };
  const log = { issued: 0, applied: [], conflicts: 0, ...memory };
  const known = { phase: "open", detail: null, epoch: 3, members: ["a", "b", "c"] } as const;
  return {
    member,
    origin: member,
    ...known,
    members: ["a", "b", "c"],
    peers: [{ member: "a", state, ...lag }],
    ...log,
    at: stamp(),
  };
}

function lost(timeoutMs: number): Promise<void> {
  const deps = depsWith({ lab: lab.client, recorder: recorder.client });
  const input = { drill, nickname: "g", lost: "a", forMs: 200, timeoutMs };
  return awaitMemberLost(deps, input, AbortSignal.timeout(20_000));
}

describe("the alarm of a group", () => {
  it("rises once no member that can be asked has heard of the lost one for so long", async () => {
    found = ["connected", "connected"];
    const alarm = lost(20_000);
    await expect.poll(() => asked, { timeout: 10_000 }).toBeGreaterThan(2);
    expect(recorder.events.size).toBe(0);
    found = ["silent", null];
    await alarm;
    const [event] = recorder.events.values();
    expect(event).toMatchObject({ type: "alarm.raised", phase: "detect", target: "a", data: { stream: "group.g.a" } });
  });

  it.each([
    { why: "one of them hears it", states: ["silent", "connected"] },
    { why: "nobody can be asked", states: [null, null] },
  ] as const)("does not rise while $why", async ({ states }) => {
    found = states;
    await expect(lost(600)).rejects.toMatchObject({ code: "TIMED_OUT" });
    expect(recorder.events.size).toBe(0);
  });
});
