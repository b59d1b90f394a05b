import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Redis } from "ioredis";
import { afterEach, beforeEach, expect, it } from "vitest";
import { newSecret } from "../../../../base/ids.ts";
import { cacheUsers, type CacheHost } from "../../../hosts/cache-host.ts";
import { createProcessHost } from "../../../hosts/process-host.ts";
import type { EvictionPolicy } from "../member/eviction-policy.ts";
import { readMemory } from "../member/redis-memory.ts";
import { RedisClient } from "../store/redis-client.ts";
import { evict } from "./evictor.ts";

const KEYS = 2000;
const HOT = Array.from({ length: 20 }, (_, index) => `hot-${index}`);

let home: string;
let host: CacheHost;
let admin: Redis;
let evictor: RedisClient;

beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), "lifeboat-evict-"));
  host = createProcessHost(home);
});
afterEach(async () => {
  admin.disconnect();
  evictor.close();
  await host.stop("full");
  await rm(home, { recursive: true, force: true });
});

async function start(evictionPolicy: EvictionPolicy): Promise<void> {
  const secrets = { adminPassword: newSecret(), clientPassword: newSecret(), replicationPassword: newSecret() };
  const spec = { name: "full", region: "west", maxmemoryBytes: 64 << 20, secrets, evictionPolicy, isMember: true };
  const { direct } = await host.start(spec);
  const user = { username: cacheUsers.admin, password: secrets.adminPassword };
  admin = new Redis({ ...direct, tls: undefined, ...user });
  evictor = await RedisClient.connect({ endpoint: direct, ...user }, 0);
  const filling = admin.pipeline();
  for (const key of HOT) filling.set(key, "x".repeat(500));
  for (let index = 0; index < KEYS; index += 1) filling.set(`cold-${index}`, "x".repeat(500));
  await filling.exec();
}

async function evictHalf(policy: EvictionPolicy): Promise<void> {
  const { countedBytes } = await readMemory(evictor);
  const limitBytes = countedBytes - (KEYS * 600) / 2;
  for (let excessBytes = 1; excessBytes > 0;) ({ excessBytes } = await evict(evictor, { policy, limitBytes }));
  const left = await admin.dbsize();
  expect(left).toBeGreaterThan(KEYS / 4);
  expect(left).toBeLessThan((KEYS * 3) / 4);
}

it("under allkeys-lfu what is used often stays", async () => {
  await start("allkeys-lfu");
  for (let round = 0; round < 200; round += 1) await admin.mget(HOT);
  await evictHalf("allkeys-lfu");
  expect(await admin.exists(HOT)).toBe(HOT.length);
});

it("under allkeys-lru what was used lately stays", async () => {
  await start("allkeys-lru");
  await expect.poll(() => admin.object("IDLETIME", "cold-0"), { timeout: 10_000 }).toBeGreaterThanOrEqual(2);
  await admin.mget(HOT);
  await evictHalf("allkeys-lru");
  expect(await admin.exists(HOT)).toBe(HOT.length);
});

it("under allkeys-random anything may go, and what lies in the log's database never does", async () => {
  await start("allkeys-random");
  await admin.select(1);
  const filling = admin.pipeline();
  for (let index = 0; index < 100; index += 1) filling.set(`log-${index}`, "entry");
  await filling.exec();
  await admin.select(0);
  await evictHalf("allkeys-random");
  for (let evicted = 1; evicted > 0;) ({ evicted } = await evict(evictor, { policy: "allkeys-random", limitBytes: 0 }));
  expect(await admin.dbsize()).toBe(0);
  await admin.select(1);
  expect(await admin.dbsize()).toBe(100);
});

it("each eviction is announced as redis announces its own", async () => {
  await start("allkeys-random");
  const listener = admin.duplicate();
  const heard: string[] = [];
  listener.on("message", (_channel: string, key: string) => heard.push(key));
  await listener.subscribe("__keyevent@0__:evicted");
  const { evicted } = await evict(evictor, { policy: "allkeys-random", limitBytes: 0 });
  await expect.poll(() => heard.length).toBe(evicted);
  expect(evicted).toBeGreaterThan(0);
  expect(await admin.exists(heard)).toBe(0);
  listener.disconnect();
});
