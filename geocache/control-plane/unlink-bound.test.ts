import { afterAll, beforeAll, expect, it } from "vitest";
import { createProcessHost } from "../hosts/process-host.ts";
import { createGiven, refusal } from "./conformance/given.ts";
import { freeze } from "./test-faults.ts";
import { createWorld, eventually, GROUP, POLL, type World } from "./test-world.ts";

let world: World;
const given = createGiven(() => world);

beforeAll(async () => {
  world = await createWorld(createProcessHost, { unlinkTimeoutMs: 500 });
});
afterAll(async () => {
  await world.close();
});

it("an unlink whose secondary stays silent fails within its bound, and can be asked for again", async () => {
  const { a, b } = await given.linkedPair();
  const frozen = await freeze(world, b);
  try {
    const failed = refusal(world.client.linkedServer.beginDeleteAndWait(GROUP, a, b, POLL));
    expect(await failed).toEqual({ statusCode: 409, code: "TIMED_OUT" });
    expect(await given.linkStates(b)).toEqual(["Primary Failed"]);
    expect(await refusal(world.client.redis.beginDeleteAndWait(GROUP, a, POLL))).toMatchObject({ statusCode: 409 });
  } finally {
    await frozen.thaw();
  }
  const secondary = await world.connect(b);
  await eventually("it to take writes", async () => (await secondary.set("own", "1")) === "OK");
  await world.unlink(a, b);
  expect(await given.linkStates(b)).toEqual([]);
  expect(await secondary.get("own")).toBe("1");
});

it("the estate is removed at once although a secondary is frozen in mid-unlink", async () => {
  const { a, b } = await given.linkedPair();
  await freeze(world, b);
  expect(await given.beginLink(a, b)).toBe(200);
  const unlinking = refusal(world.unlink(a, b));
  await eventually("it to begin", async () => (await given.linkStates(a))[0] === "Secondary Deleting");
  await world.lab("DELETE", "/lab/estate");
  await unlinking;
  expect(await world.lab("GET", "/lab/caches")).toEqual({ caches: [] });
  for (const region of ["west", "east"]) await world.lab("PUT", `/lab/regions/${region}`, {});
});
