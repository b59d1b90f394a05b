import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createProcessHost } from "../../hosts/process-host.ts";
import { fetchArm, type ArmRequest } from "../test-faults.ts";
import { createWorld, GROUP, idOf, SUBSCRIPTION, type World } from "../test-world.ts";

const own = idOf("own");
const link = `${own}/linkedServers/peer`;
const provider = `/subscriptions/${SUBSCRIPTION}/providers/Microsoft.Cache`;
const group = `/subscriptions/${SUBSCRIPTION}/resourceGroups/${GROUP}/providers/Microsoft.Cache`;
const premium = { name: "Premium", family: "P", capacity: 1 };
const linkTo = { linkedRedisCacheId: idOf("peer"), linkedRedisCacheLocation: "east", serverRole: "Secondary" };

let world: World;
let before: unknown;
const estate = (): Promise<unknown> => world.lab("GET", "/lab/state");

beforeAll(async () => {
  world = await createWorld(createProcessHost);
  await world.createCache("own");
  await world.createCache("peer", { region: "east" });
  before = await estate();
});
afterAll(async () => {
  expect(await estate()).toEqual(before);
  await world.close();
});

const armRoutes = [
  ...["PUT", "GET", "DELETE"].flatMap((method) => [`${method} ${own}`, `${method} ${link}`]),
  `GET ${own}/linkedServers`,
  `POST ${own}/listKeys`,
  `POST ${own}/forceReboot`,
  `GET ${group}/redis`,
  `GET ${provider}/redis`,
  ...["", "/databases/default"].flatMap((path) =>
    ["PUT", "GET", "PATCH", "DELETE"].map((method) => `${method} ${group}/redisEnterprise/own${path}`),
  ),
  ..."listKeys regenerateKey forceUnlink forceLinkToReplicationGroup flush"
    .split(" ")
    .map((action) => `POST ${group}/redisEnterprise/own/databases/default/${action}`),
  `GET ${group}/redisEnterprise`,
  `GET ${group}/redisEnterprise/own/databases`,
  `GET ${provider}/redisEnterprise`,
  `GET ${provider}/locations/local/operationsStatus/some`,
  `GET ${provider}/locations/local/asyncOperations/some`,
  `GET ${provider}/locations/local/operationresults/some`,
  "GET /no/such/path",
];
const labRoutes = [
  ..."regions regions/west regions/west/members workloads/w resolve endpoints caches caches/own/access geo-links state"
    .split(" ")
    .map((path) => `GET /lab/${path}`),
  ..."regions/south regions/west/availability workloads/w".split(" ").map((path) => `PUT /lab/${path}`),
  ..."regions/west workloads/w estate".split(" ").map((path) => `DELETE /lab/${path}`),
  "GET /no/such/path",
];
const strangers = ["Bearer wrong", "Bearer ", "Basic arm-token", "arm-token", "Bearer arm-token2", "Bearer lab-toke"];

describe("who is not known gets 401", () => {
  it.each(armRoutes)("ARM: %s", async (route) => {
    const [method = "", path = ""] = route.split(" ");
    for (const authorization of ["", ...strangers, "Bearer lab-token"]) {
      const answer = await fetchArm(world, method, path, { headers: { authorization } });
      expect(answer.status, authorization).toBe(401);
      const code = authorization === "" ? "AuthenticationFailed" : "InvalidAuthenticationToken";
      expect(await answer.json()).toEqual({ error: { code, message: expect.any(String) } });
    }
  });

  it.each(labRoutes)("lab: %s", async (route) => {
    const [method = "", path = ""] = route.split(" ");
    for (const authorization of ["", ...strangers, "Bearer arm-token"]) {
      const answer = await fetch(`${world.labUrl}${path}`, { method, headers: { authorization } });
      expect(answer.status, authorization).toBe(401);
      expect(await answer.json()).toMatchObject({ error: { code: "UNAUTHORISED" } });
    }
  });
});

type Wrong = { readonly what: string; readonly request: ArmRequest; readonly names: string };
const cacheOf = (properties: unknown, more: object = {}): ArmRequest => ({
  body: { location: "west", properties, ...more },
});
const linkOf = (change: object): ArmRequest => ({ body: { properties: { ...linkTo, ...change } } });

const wrongCaches: Wrong[] = [
  { what: "no body", request: {}, names: "body" },
  { what: "a torn body", request: { text: '{"location":' }, names: "body" },
  { what: "null", request: { text: "null" }, names: "body" },
  { what: "a list", request: { text: "[]" }, names: "body" },
  { what: "no properties", request: { body: { location: "west" } }, names: "properties" },
  { what: "a number for a location", request: cacheOf({ sku: premium }, { location: 5 }), names: "location" },
  { what: "an unknown location", request: cacheOf({ sku: premium }, { location: "atlantis" }), names: "location" },
  { what: "no sku", request: cacheOf({}), names: "properties.sku" },
  {
    what: "text for a capacity",
    request: cacheOf({ sku: { ...premium, capacity: "1" } }),
    names: "properties.sku.capacity",
  },
  {
    what: "half a capacity",
    request: cacheOf({ sku: { ...premium, capacity: 1.5 } }),
    names: "properties.sku.capacity",
  },
  {
    what: "a size that does not exist",
    request: cacheOf({ sku: { ...premium, capacity: 6 } }),
    names: "properties.sku",
  },
  {
    what: "a tier that does not exist",
    request: cacheOf({ sku: { ...premium, name: "Gold" } }),
    names: "properties.sku",
  },
  { what: "a family of another tier", request: cacheOf({ sku: { ...premium, family: "C" } }), names: "properties.sku" },
  { what: "a tag that is no text", request: cacheOf({ sku: premium }, { tags: { a: 5 } }), names: "tags.a" },
  {
    what: "a scale of nothing",
    request: cacheOf({ sku: premium }, { tags: { "lifeboat-memory-scale": "0" } }),
    names: "tags.lifeboat-memory-scale",
  },
];
const wrongLinks: Wrong[] = [
  { what: "no body", request: {}, names: "body" },
  { what: "no properties", request: { body: {} }, names: "properties" },
  { what: "no id", request: linkOf({ linkedRedisCacheId: undefined }), names: "properties.linkedRedisCacheId" },
  { what: "no resource's id", request: linkOf({ linkedRedisCacheId: "peer" }), names: "properties.linkedRedisCacheId" },
  { what: "another's id", request: linkOf({ linkedRedisCacheId: own }), names: "properties.linkedRedisCacheId" },
  {
    what: "another location",
    request: linkOf({ linkedRedisCacheLocation: "west" }),
    names: "properties.linkedRedisCacheLocation",
  },
  { what: "no such role", request: linkOf({ serverRole: "King" }), names: "properties.serverRole" },
];

describe("a wrong request is refused in ARM's words, names the field and changes nothing", () => {
  it.each(wrongCaches)("a cache with $what", async ({ request, names }) => {
    await expectRefusal(await fetchArm(world, "PUT", idOf("new"), request), names);
  });

  it.each(wrongLinks)("a link with $what", async ({ request, names }) => {
    await expectRefusal(await fetchArm(world, "PUT", link, request), names);
  });

  it.each(["-x", "x-", "a_b", "a%20b", "%C3%BC", "a%00", "x".repeat(41), "a%2Fb"])("a cache named %s", async (name) => {
    await expectRefusal(await fetchArm(world, "PUT", idOf(name), cacheOf({ sku: premium })), "name");
  });

  it("a reboot of one node of a cache that has one", async () => {
    const request = { body: { rebootType: "PrimaryNode" } };
    await expectRefusal(await fetchArm(world, "POST", `${own}/forceReboot`, request), "rebootType");
  });

  it("a cache that exists, with another size, in another group or in another place", async () => {
    const elsewhere = own.replace(GROUP, "other-rg");
    const cases: [string, ArmRequest, string][] = [
      [own, cacheOf({ sku: { ...premium, capacity: 2 } }), "Conflict"],
      [own, cacheOf({ sku: premium }, { location: "east" }), "Conflict"],
      [elsewhere, cacheOf({ sku: premium }), "NameNotAvailable"],
    ];
    for (const [path, request, code] of cases) {
      const answer = await fetchArm(world, "PUT", path, request);
      expect(answer.status).toBe(409);
      expect(await answer.json()).toMatchObject({ error: { code } });
    }
    expect((await fetchArm(world, "PUT", own, cacheOf({ sku: premium }))).status).toBe(200);
  });

  it("a body beyond every size, another content type, a path that is none, no api-version", async () => {
    const huge = cacheOf({ sku: premium }, { tags: { a: "x".repeat(2_000_000) } });
    const cases: [string, string, ArmRequest, string][] = [
      ["PUT", idOf("new"), huge, "413 RequestEntityTooLarge"],
      ["PUT", idOf("new"), { text: "<a/>", headers: { "content-type": "text/xml" } }, "415 UnsupportedMediaType"],
      ["GET", "/subscriptions/%zz", {}, "400 BadRequest"],
      ["GET", `${provider}/redis`, { version: "" }, "400 MissingApiVersionParameter"],
      ["GET", `${provider}/nothing`, {}, "404 InvalidResourceType"],
      ["GET", idOf("absent"), {}, "404 ResourceNotFound"],
      ["GET", link, {}, "404 ResourceNotFound"],
      ["GET", `${provider}/locations/local/asyncOperations/none`, {}, "404 OperationNotFound"],
    ];
    for (const [method, path, request, expected] of cases) {
      const answer = await fetchArm(world, method, path, request);
      const { error } = (await answer.json()) as { error: { code: string; message: string } };
      expect(`${answer.status} ${error.code}`).toBe(expected);
      expect(error.message).not.toBe("");
    }
  });

  it("three hundred requests of garbage", async () => {
    const random = garbageFrom(20_261_121);
    for (let round = 0; round < 300; round++) {
      const path = round % 2 === 0 ? idOf("new") : link;
      const answer = await fetchArm(world, "PUT", path, { body: random() });
      expect(answer.status).toBe(400);
      expect(await answer.json()).toMatchObject({ error: { code: expect.any(String), target: expect.any(String) } });
    }
    expect(await estate()).toEqual(before);
  });

  it("every answer names its request", async () => {
    const answer = await fetchArm(world, "GET", own, { headers: { "x-ms-correlation-request-id": "mine" } });
    expect(answer.headers.get("x-ms-request-id")).toBeTruthy();
    expect(answer.headers.get("x-ms-correlation-request-id")).toBe("mine");
  });
});

async function expectRefusal(answer: Awaited<ReturnType<typeof fetchArm>>, names: string): Promise<void> {
  expect(answer.status).toBe(400);
  const { error } = (await answer.json()) as { error: { code: string; message: string; target: string } };
  expect(error.code).toMatch(/^(InvalidRequestBody|InvalidRequestContent|InvalidResourceName|LocationNotAvailable)/);
  expect(error.target).toBe(names);
  expect(error.message).toContain(names === "body" ? "" : names);
}

/** Values in the shape of requests, of which none is right: the size is never one that exists, the role never a role. */
function garbageFrom(seed: number): () => unknown {
  let state = seed;
  const next = (below: number): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
  const value = (depth: number): unknown => {
    const simple = [null, true, -1, 1e308, "", "west", "\u0000", "__proto__", "x".repeat(5000), premium.name];
    const kind = next(depth > 3 ? 10 : 13);
    if (kind < 10) return simple[kind];
    if (kind === 10) return Array.from({ length: next(4) }, () => value(depth + 1));
    return object(depth + 1);
  };
  const object = (depth: number): unknown => {
    const names = ["location", "properties", "sku", "tags", "name", "capacity", "linkedRedisCacheId", "constructor"];
    return Object.fromEntries(names.filter(() => next(2) === 1).map((name) => [name, value(depth)]));
  };
  return () => value(0);
}
