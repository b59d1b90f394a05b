import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createProcessHost } from "../hosts/process-host.ts";
import { activeConformance } from "./conformance/active.ts";
import { relinkingRules } from "./conformance/active-relinking.ts";
import { createGroupWorld, linkTo, NICKNAME } from "./test-groups.ts";
import { createWorld, type World } from "./test-world.ts";

activeConformance("process", createProcessHost);

describe("profiles", () => {
  let world: World;
  const groups = createGroupWorld(() => world);
  beforeAll(async () => {
    world = await createWorld(createProcessHost, { profile: "managed-2025" });
  }, 60_000);
  afterAll(async () => {
    await world.close();
  }, 60_000);
  relinkingRules(() => world, groups);
});

it("A09, A24: by the profile documented-2021 nothing that exists is linked by force", async () => {
  const world = await createWorld(createProcessHost);
  try {
    const groups = createGroupWorld(() => world);
    await groups.join("alone", { nickname: "others" });
    const body = { geoReplication: { groupNickname: NICKNAME, linkedDatabases: linkTo("alone") } };
    const answer = await groups.post("alone", "forceLinkToReplicationGroup", body);
    expect(answer).toMatchObject({ status: 400, text: expect.stringContaining("(A09, A24)") });
  } finally {
    await world.close();
  }
});
