import { describe, expect, it } from "vitest";
import type { MemberView } from "../../../contracts/groups.ts";
import { newGroup, withForceUnlinked, withJoiner } from "../groups/membership.ts";
import type { ClusterDoc, DatabaseSettings } from "../groups/model.ts";
import { refusalToJoin, type GroupRequest } from "./grouping.ts";
import { a10SameSettings, type Candidate } from "./member-settings.ts";
import { a20LeavesWhileAllAreThere, refusalToForceUnlink, type ForceUnlinkRequest } from "./unlinking.ts";

const idOf = (name: string): string =>
  `/subscriptions/s/resourceGroups/g/providers/Microsoft.Cache/redisEnterprise/${name}/databases/default`;
const clusterOf = (name: string, change: Partial<ClusterDoc> = {}): ClusterDoc => ({
  name,
  displayName: name,
  subscription: "s",
  resourceGroup: "g",
  region: "west",
  sku: { name: "Enterprise_E10", capacity: 2 },
  zones: [],
  tags: {},
  minimumTlsVersion: "1.2",
  highAvailability: "Enabled",
  publicNetworkAccess: "Enabled",
  provisioningState: "Succeeded",
  ...change,
});
const settings: DatabaseSettings = {
  clientProtocol: "Encrypted",
  port: 10_000,
  clusteringPolicy: "OSSCluster",
  evictionPolicy: "NoEviction",
  modules: [],
  accessKeysAuthentication: "Disabled",
  persistence: { aofEnabled: false, rdbEnabled: false },
};
const candidate = (name: string, cluster: Partial<ClusterDoc> = {}): Candidate => ({
  id: idOf(name),
  cluster: clusterOf(name, cluster),
  settings,
});

function requestOf(members: readonly string[], change: Partial<GroupRequest> = {}): GroupRequest {
  return {
    own: candidate("own"),
    nickname: "players",
    linked: [...members, "own"].map(idOf),
    profile: "documented-2021",
    group: members.length === 0 ? undefined : newGroup("players", members[0] ?? ""),
    members: members.map((name) => ({ ...candidate(name), isReady: true })),
    ...change,
  };
}

describe("a request to be in a group", () => {
  const four = ["a", "b", "c", "d"];
  it("is granted to the first and to the fifth", () => {
    expect(refusalToJoin(requestOf([]))).toBeUndefined();
    expect(refusalToJoin(requestOf(four))).toBeUndefined();
  });

  it.each([
    ["A01", requestOf([...four, "e"])],
    ["A10", requestOf(["a"], { own: candidate("own", { highAvailability: "Disabled" }) })],
    ["A15", requestOf(["a"], { members: [{ ...candidate("a"), isReady: false }] })],
    ["A16", requestOf(["a"], { linked: [idOf("a")] })],
    ["A17", requestOf(["a"], { linked: [idOf("own")] })],
    ["A18", requestOf(["a"], { linked: ["a", idOf("own")] })],
    ["A27", requestOf(["a"], { group: undefined, members: [] })],
    ["A27", requestOf([], { nickname: "x".repeat(64) })],
    [
      "A07",
      requestOf([], {
        profile: "managed-2025",
        own: candidate("own", { sku: { name: "Balanced_B1", capacity: null } }),
      }),
    ],
    ["A07", requestOf([], { profile: "managed-2025", own: candidate("own", { highAvailability: "Disabled" }) })],
  ])("is refused by %s, which is named", (rule, request) => {
    expect(refusalToJoin(request)?.message).toMatch(new RegExp(`\\(${rule}\\)$`));
  });

  it("names the first field that differs, what it is and what it must be", () => {
    const member = { ...candidate("a"), settings: { ...settings, clientProtocol: "Plaintext" as const } };
    expect(a10SameSettings({ own: candidate("own"), member })).toMatchObject({
      target: "properties.clientProtocol",
      message: expect.stringContaining('"Encrypted" must be "Plaintext"'),
    });
  });
});

const viewOf = (phase: MemberView["phase"], peers: [string, "connected" | "silent", number | null][]): MemberView =>
  ({
    phase,
    peers: peers.map(([member, state, heardAgoMs]) => ({ member, state, heardAgoMs })),
  }) as unknown as MemberView;

describe("force-unlink", () => {
  const group = withJoiner(newGroup("players", "own"), "other");
  function requestWith(own: MemberView | null, target: MemberView | null): ForceUnlinkRequest {
    const views = new Map([
      ["own", own],
      ["other", target],
    ]);
    return { own: "own", ids: [idOf("other")], target: "other", group, views };
  }
  const open = viewOf("open", []);

  it.each([
    ["nobody hears it and it does not answer", viewOf("open", [["other", "silent", 900]]), null],
    ["it answers, and nobody has heard it for long", viewOf("open", [["other", "silent", 9000]]), open],
    ["it answers that it gave up", viewOf("open", [["other", "connected", 10]]), viewOf("failed", [])],
    ["it answers that it has no data yet", viewOf("open", [["other", "connected", 10]]), viewOf("joining", [])],
  ])("is granted when %s", (_, own, target) => {
    expect(refusalToForceUnlink(requestWith(own, target))).toBeUndefined();
  });

  it.each([
    ["somebody is connected to it", viewOf("open", [["other", "connected", 10]]), null],
    ["it answers and was heard a moment ago", viewOf("open", [["other", "silent", 1200]]), open],
    ["the one that is asked does not answer", null, null],
  ])("is refused when %s", (_, own, target) => {
    expect(refusalToForceUnlink(requestWith(own, target))).toMatchObject({ status: 409 });
  });

  it("leaves the former member what it knew, and gives the others a new epoch", () => {
    expect(withForceUnlinked(group, "other")).toMatchObject({
      epoch: 3,
      members: [{ cache: "own" }],
      former: [{ cache: "other", epoch: 2, members: ["own", "other"] }],
    });
  });
});

it("A20: whoever leaves does so while all are open", () => {
  const open = viewOf("open", []);
  const views = (other: MemberView | null) =>
    new Map([
      ["own", open],
      ["other", other],
    ]);
  expect(a20LeavesWhileAllAreThere({ own: "own", views: views(open) })).toBeUndefined();
  expect(a20LeavesWhileAllAreThere({ own: "own", views: views(null) })?.message).toContain("other");
  expect(a20LeavesWhileAllAreThere({ own: "own", views: views(viewOf("catching-up", [])) })?.status).toBe(409);
});
