import { describe, expect, it } from "vitest";
import type { LabState } from "../../../contracts/lab.ts";
import { refusedBy } from "../test-faults.ts";
import { GROUP, MEMORY_SCALE } from "../test-world.ts";
import type { Given } from "./given.ts";

const GIB = 1024 ** 3;
const REFUSED = /NOPERM|(?:DEBUG|MODULE) command not allowed|can't run this command|not allowed from script/;

/** What would let a client touch replication, configuration, persistence, users or the process. */
const forbidden = [
  "replicaof no one",
  "slaveof no one",
  "replconf ack 0",
  "psync ? -1",
  "sync",
  "failover",
  "config get *",
  "config set maxmemory 0",
  "config rewrite",
  "config resetstat",
  "debug sleep 0",
  "shutdown nosave",
  "module list",
  "module load /tmp/x.so",
  "acl list",
  "acl setuser app on nopass",
  "acl deluser admin",
  "acl save",
  "acl load",
  "save",
  "bgsave",
  "bgrewriteaof",
  "lastsave",
  "monitor",
  "slowlog get",
  "latency doctor",
  "client kill type replica",
  "client pause 1",
  "client list",
  "client no-evict on",
  "cluster reset",
  "migrate 127.0.0.1 1 k 0 1",
  "swapdb 0 1",
  "role",
  "restore-asking k 0 x",
  "pfdebug encoding k",
];

export function clientRules(given: Given): void {
  describe("clients", () => {
    it.each(["itself", "by EVAL", "by FCALL"] as const)(
      "can touch neither replication nor configuration: %s",
      async (way) => {
        const name = `guarded-${way.replace("by ", "").toLowerCase()}`;
        await given.world().createCache(name);
        const client = await given.world().connect(name);
        await client.call(
          "function",
          "load",
          "#!lua name=l\nredis.register_function('try', function(_, args) return redis.call(unpack(args)) end)",
        );
        for (const command of forbidden) {
          const words = command.split(" ");
          const said = await refusedBy(send(client, way, words));
          expect(said, command).toMatch(REFUSED);
        }
        const admin = await given.world().admin(name);
        expect(await admin.config("GET", "maxmemory")).toEqual([
          "maxmemory",
          String(Math.floor((6 * GIB) / MEMORY_SCALE)),
        ]);
        expect(await admin.acl("WHOAMI")).toBe("admin");
      },
    );

    it("get the keys that ARM lists", async () => {
      await given.world().createCache("keyed");
      const keys = await given.world().client.redis.listKeys(GROUP, "keyed");
      const access = (await given.world().lab("GET", "/lab/caches/keyed/access")) as { password: string };
      expect(keys.primaryKey).toBe(access.password);
      const wrong = await given.world().connect("keyed");
      expect(await refusedBy(wrong.call("auth", "app", "guess"))).toMatch(/WRONGPASS/);
    });

    it("are refused at the scaled memory of their size, whose factor the lab API and the tag tell", async () => {
      const tag = { "lifeboat-memory-scale": "2000" };
      await given.world().createCache("full");
      await given.world().createCache("scaled", { tags: tag });
      const state = (await given.world().lab("GET", "/lab/state")) as LabState;
      const maxmemoryOf = (name: string) => state.caches.find((one) => one.cache === name)?.maxmemoryBytes;
      expect(state.defaultMemoryScale).toBe(MEMORY_SCALE);
      expect(maxmemoryOf("full")).toBe(Math.floor((6 * GIB) / MEMORY_SCALE));
      expect((await given.world().client.redis.get(GROUP, "scaled")).tags).toEqual(tag);
      expect(maxmemoryOf("scaled")).toBe(Math.floor((6 * GIB) / 2000));
      for (const name of ["full", "scaled"]) {
        const limit = maxmemoryOf(name) ?? 0;
        const { used, said } = await fillUp(given, name);
        expect(said).toMatch(/^OOM command not allowed/);
        expect(used).toBeGreaterThan(limit * 0.95);
        expect(used).toBeLessThan(limit * 1.05);
      }
    });
  });
}

async function send(
  client: { call(name: string, ...args: string[]): Promise<unknown> },
  way: "itself" | "by EVAL" | "by FCALL",
  words: readonly string[],
): Promise<unknown> {
  if (way === "by EVAL") return await client.call("eval", "return redis.call(unpack(ARGV))", "0", ...words);
  if (way === "by FCALL") return await client.call("fcall", "try", "0", ...words);
  return await client.call(words[0] ?? "", ...words.slice(1));
}

/** Writes under `noeviction` until the cache says no; what it then used, and what it said. */
async function fillUp(given: Given, name: string): Promise<{ used: number; said: string }> {
  const admin = await given.world().admin(name);
  await admin.config("SET", "maxmemory-policy", "noeviction");
  const client = await given.world().connect(name);
  const value = "x".repeat(16 * 1024);
  for (let at = 0; at < 10_000; at++) {
    const said = await refusedBy(client.set(`k${at}`, value));
    if (said === "") continue;
    const used = /used_memory:(\d+)/.exec(await admin.info("memory"))?.[1];
    return { used: Number(used), said };
  }
  throw new Error("the cache was never full");
}
