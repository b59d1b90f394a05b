import { describe, expect, it } from "vitest";
import { groupRoutingTable } from "./group.ts";
import type { GroupTopology } from "./schema.ts";

const topology: GroupTopology = {
  kind: "active-group",
  nickname: "players",
  regions: [
    { name: "west", wanLatencyMs: { east: 80, asia: 200, south: 5 } },
    { name: "east", wanLatencyMs: { west: 80, asia: 120 } },
    { name: "asia", wanLatencyMs: { west: 200, east: 120 } },
    { name: "south", wanLatencyMs: { west: 5, east: 90, asia: 210 } },
  ],
  caches: ["west", "east", "asia"].map((region) => ({ name: `cache-${region}`, region, sku: "Enterprise_E10" })),
  evictionPolicy: "NoEviction",
  memoryScale: 1000,
};

describe("the routing table of an active group", () => {
  const table = groupRoutingTable(topology);

  it("serves users in their own region, and those of a region without a member in the nearest one", () => {
    expect(table.users).toEqual({ west: "west", east: "east", asia: "asia", south: "west" });
  });

  it("names the other members as those that take over, nearest first", () => {
    expect(table.fallbacks).toEqual({
      west: ["east", "asia"],
      east: ["west", "asia"],
      asia: ["east", "west"],
      south: ["east", "asia"],
    });
  });

  it("leaves a member out that was unlinked, though its region may be back", () => {
    const { users, fallbacks, caches } = groupRoutingTable(topology, "west");
    expect(users).toEqual({ west: "east", east: "east", asia: "asia", south: "east" });
    expect(Object.keys(caches)).toEqual(["east", "asia"]);
    expect(Object.values(fallbacks ?? {}).flat()).not.toContain("west");
  });
});
