import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Redis } from "ioredis";
import { cacheUsers } from "../../../hosts/cache-host.ts";
import { commandsToEnter } from "./client-access.ts";
import { groupNames } from "./group-names.ts";
import { killNow, startMembers, type TestMember, type TestMembers } from "./members.test-helper.ts";

let group: TestMembers;
let member: TestMember;
let client: Redis;
let admin: Redis;

beforeAll(async () => {
  group = await startMembers(1);
  [member] = group.members as [TestMember];
  [client, admin] = [member.client(), member.admin()];
}, 60_000);
afterAll(async () => {
  await group.end();
}, 30_000);
beforeEach(async () => {
  await client.set("held", "still here");
});

/** What redis says by its ACL, in a script, and of commands that are switched off or for nobody's scripts. */
const REFUSED =
  /^(NOPERM|ERR The user executing the script can't|ERR DEBUG command not allowed|ERR This Redis command is not allowed from script)/;
/** As the client library puts it, and what redis says to whoever comes back. */
const CUT_OFF = /max retries|closed|WRONGPASS|NOAUTH/;
const inScript = (words: readonly string[]): string =>
  `return redis.call(${words.map((word) => `'${word}'`).join(",")})`;

describe("what could break a group's data is refused to its clients, and the data stays (A11)", () => {
  const doors: readonly (readonly string[])[] = [
    ["FLUSHALL"],
    ["FLUSHDB"],
    ["FLUSHALL", "ASYNC"],
    ["SWAPDB", "0", "1"],
    ["SELECT", "1"],
    ["MOVE", "held", "1"],
    ["CONFIG", "SET", "maxmemory", "1"],
    ["CONFIG", "GET", "*"],
    ["DEBUG", "FLUSHALL"],
    ["REPLICAOF", "127.0.0.1", "1"],
    ["SLAVEOF", "127.0.0.1", "1"],
    ["MIGRATE", "127.0.0.1", "1", "held", "0", "10"],
    ["RESTORE", "held", "0", "x", "REPLACE"],
    ["KEYS", "*"],
    ["SHUTDOWN", "NOSAVE"],
    ["FAILOVER"],
    ["PSYNC", "?", "-1"],
    ["MONITOR"],
    ["FUNCTION", "LIST"],
    ["FUNCTION", "FLUSH"],
    ["FUNCTION", "DELETE", "any"],
    ["FUNCTION", "LOAD", "REPLACE", "#!lua name=any"],
    ["FUNCTION", "RESTORE", "any", "FLUSH"],
    ["FCALL", "any", "0"],
    ["FCALL_RO", "any", "0"],
    ["SCRIPT", "FLUSH"],
    ["SCRIPT", "KILL"],
    ["CLIENT", "PAUSE", "1000"],
    ["CLIENT", "UNPAUSE"],
    ["CLIENT", "KILL", "TYPE", "replica"],
    ["CLIENT", "LIST"],
    ["CLIENT", "TRACKING", "ON", "BCAST"],
    ["ACL", "SETUSER", "app", "+@all"],
    ["SAVE"],
    ["MODULE", "LIST"],
  ];

  it.each(doors.map((words) => [words.join(" "), words] as const))("%s", async (_, words) => {
    const [command = "", ...args] = words;
    await expect(client.call(command, ...args)).rejects.toThrow(REFUSED);
    await expect(
      client
        .multi()
        .call(command, ...args)
        .exec(),
    ).rejects.toThrow(/EXECABORT/);
    await expect(client.eval(inScript(words), 0)).rejects.toThrow(REFUSED);
    const sha = (await client.script("LOAD", inScript(words))) as string;
    await expect(client.evalsha(sha, 0)).rejects.toThrow(REFUSED);
    expect(await client.get("held")).toBe("still here");
  });

  it("a function of the syncer cannot be called even by who knows its name", async () => {
    const { apply, pulse } = groupNames(member.config.secret).functions;
    for (const name of [apply, pulse]) {
      await expect(client.fcall(name, 0)).rejects.toThrow(REFUSED);
      await expect(client.eval(inScript(["FCALL", name, "0"]), 0)).rejects.toThrow(
        /ACL|NOPERM|not allowed from script/,
      );
    }
  });

  it("nobody who listens to everything hears of what the syncer does", async () => {
    const heard: string[] = [];
    const listener = member.client();
    listener.on("pmessage", (_pattern: string, channel: string) => heard.push(channel));
    await listener.psubscribe("*");
    const before = Number(/fcall:calls=(\d+)/.exec(await admin.info("commandstats"))?.[1] ?? "0");
    await expect
      .poll(async () => Number(/fcall:calls=(\d+)/.exec(await admin.info("commandstats"))?.[1] ?? "0"))
      .toBeGreaterThan(before + 20);
    await client.publish("news", "1");
    await expect.poll(() => heard.length).toBeGreaterThan(0);
    expect(heard).toEqual(["news"]);
  });
});

describe("what clients of a member may do", () => {
  it("ordinary commands, pipelines and transactions", async () => {
    await client.pipeline().set("a", "1").incr("a").hset("h", "f", "v").zadd("z", 1, "m").sadd("s", "m").exec();
    const results = await client.multi().incr("a").lpush("l", "x").xadd("x", "*", "f", "v").exec();
    expect(results?.every(([error]) => error === null)).toBe(true);
    expect(await client.get("a")).toBe("3");
    expect(await client.call("SELECT", "0")).toBe("OK");
    expect(await client.call("SORT", "l", "ALPHA")).toEqual(["x"]);
    expect(await client.call("COPY", "a", "b")).toBe(1);
    expect(await client.dbsize()).toBeGreaterThan(4);
    expect(await client.info("server")).toContain("redis_version");
  });

  it("scripts, by text and by digest", async () => {
    expect(await client.eval("return redis.call('INCR', KEYS[1])", 1, "scripted")).toBe(1);
    const sha = (await client.script("LOAD", "return redis.call('INCR', KEYS[1])")) as string;
    expect(await client.evalsha(sha, 1, "scripted")).toBe(2);
  });

  it("commands that wait, and channels of their own region", async () => {
    const waiter = member.client();
    const popped = waiter.blpop("queue", 10);
    await client.rpush("queue", "job");
    expect(await popped).toEqual(["queue", "job"]);
    const listener = member.client();
    const message = new Promise((resolve) => listener.on("message", (_channel, text) => resolve(text)));
    await listener.subscribe("channel");
    await client.publish("channel", "hello");
    expect(await message).toBe("hello");
  });
});

describe("a member that is not open", () => {
  afterEach(async () => {
    await enter("open");
  });
  const enter = async (access: "closed" | "read-only" | "open"): Promise<void> => {
    for (const [command, ...args] of commandsToEnter(access, cacheUsers.client)) await admin.call(command, ...args);
  };

  it("lets clients read and not write while it is read-only, scripts and those who wait included", async () => {
    const waiter = member.client();
    await waiter.ping();
    const popped = waiter.blpop("queue", 10).catch((error: unknown) => String(error));
    await expect.poll(async () => await admin.info("clients")).toContain("blocked_clients:1");
    await enter("read-only");
    await admin.rpush("queue", "job");
    expect(await popped).toMatch(CUT_OFF);
    const reader = member.client();
    expect(await reader.get("held")).toBe("still here");
    await expect(reader.set("held", "changed")).rejects.toThrow(REFUSED);
    await expect(reader.eval(inScript(["SET", "held", "changed"]), 0)).rejects.toThrow(REFUSED);
    await enter("open");
    expect(await reader.set("held", "changed")).toBe("OK");
  });

  it("cuts clients off when it closes, and lets nobody in until its syncer opens it", async () => {
    const connected = member.client();
    await connected.ping();
    await enter("closed");
    await expect(connected.get("held")).rejects.toThrow(CUT_OFF);
    await expect(member.client().get("held")).rejects.toThrow(CUT_OFF);
    await killNow(await member.part("syncer"));
    await group.processes.start(member.config);
    const asNewcomer = async (): Promise<unknown> => await member.client().get("held");
    await expect.poll(() => asNewcomer().catch(() => undefined), { timeout: 20_000 }).toBe("still here");
  }, 30_000);
});
