import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { NOT_WRITTEN_HEADER, OUT_OF_MEMORY_STATUS } from "../../contracts/app.ts";
import { startRegionsRig, type RegionsRig } from "../../test/regions-rig.ts";

let rig: RegionsRig<"west">;
let operator: Redis;
beforeAll(async () => {
  rig = await startRegionsRig({ regions: ["west"] });
  await rig.put({ version: 1, fencingToken: 1, table: { users: { west: "west" }, caches: { west: "west-cache" } } });
  operator = new Redis({ host: "127.0.0.1", port: rig.ports["west-cache"] });
});
afterAll(async () => {
  operator.disconnect();
  await rig.stop();
});

const write = (): Promise<Response> => rig.user("west", "POST /counter/c");

async function refusal(): Promise<unknown> {
  const answer = await write();
  const { error } = (await answer.json()) as { error?: { code: string } };
  return [answer.status, error?.code, answer.headers.get(NOT_WRITTEN_HEADER)];
}

const writesAgain = (): Promise<void> =>
  expect.poll(async () => (await write()).status, { timeout: 10_000, interval: 20 }).toBe(200);

describe("a cache that refuses", () => {
  it("for want of memory is told apart, and still read", async () => {
    await operator.config("SET", "maxmemory", "1");
    const refused = await refusal();
    const read = await rig.user("west", "GET /counter/c");
    await operator.config("SET", "maxmemory", "0");
    expect(refused).toEqual([OUT_OF_MEMORY_STATUS, "OOM", "1"]);
    expect(read.status).toBe(200);
    await writesAgain();
  });

  it("because it only lets clients read is not available for writes", async () => {
    await operator.call("ACL", "SETUSER", "default", "-@write");
    const refused = await refusal();
    const read = await rig.user("west", "GET /counter/c");
    await operator.call("ACL", "SETUSER", "default", "+@all");
    expect(refused).toEqual([503, "UNAVAILABLE", "1"]);
    expect(read.status).toBe(200);
    await writesAgain();
  });

  it("because clients may not log in is not available, and noticed when they may", async () => {
    await operator.call("ACL", "SETUSER", "default", "off");
    await operator.call("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
    const refused = await refusal();
    await operator.call("ACL", "SETUSER", "default", "on");
    expect(refused).toEqual([503, "UNAVAILABLE", "1"]);
    await writesAgain();
  });

  it("because its master is gone and it shows nothing stale is not available", async () => {
    await operator.config("SET", "replica-serve-stale-data", "no");
    await operator.replicaof("127.0.0.1", "1");
    const refused = await refusal();
    const read = await rig.user("west", "GET /counter/c");
    await operator.replicaof("NO", "ONE");
    expect(refused).toEqual([503, "UNAVAILABLE", "1"]);
    expect(read.status).toBe(503);
    await writesAgain();
  });
});
