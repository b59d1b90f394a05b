import { randomBytes } from "node:crypto";
import type { Redis } from "ioredis";
import { fetchArm } from "../test-faults.ts";
import { eventually, GROUP, idOf, type CacheSize, type World } from "../test-world.ts";

export type Pair = { readonly a: string; readonly b: string };
export type RefusedRequest = { readonly statusCode: number; readonly code: string };

/** What the conformance tests start from. */
export type Given = ReturnType<typeof createGiven>;

export function createGiven(worldOf: () => World) {
  let serial = 0;

  /** A fresh cache in the west and one in the east, not linked. */
  async function pair(size: Partial<CacheSize> = {}): Promise<Pair> {
    serial++;
    const [a, b] = [`cache-a${serial}`, `cache-b${serial}`];
    await Promise.all([worldOf().createCache(a, size), worldOf().createCache(b, { ...size, region: "east" })]);
    return { a, b };
  }

  /** How a cache shows its links: the role of the peer and the link's state. */
  async function linkStates(cache: string): Promise<string[]> {
    const states: string[] = [];
    for await (const link of worldOf().client.linkedServer.list(GROUP, cache)) {
      states.push(`${link.serverRole} ${link.provisioningState}`);
    }
    return states;
  }

  return {
    world: worldOf,
    pair,
    linkStates,
    /** `a` is the primary. */
    async linkedPair(size: Partial<CacheSize> = {}): Promise<Pair> {
      const names = await pair(size);
      await worldOf().link(names.a, names.b);
      return names;
    },
    async clients({ a, b }: Pair): Promise<{ primary: Redis; secondary: Redis }> {
      return { primary: await worldOf().connect(a), secondary: await worldOf().connect(b) };
    },
    /** Sends the request to link and does not wait. Answers the status. */
    async beginLink(primary: string, secondary: string): Promise<number> {
      const location = (await worldOf().client.redis.get(GROUP, secondary)).location;
      const properties = {
        linkedRedisCacheId: idOf(secondary),
        linkedRedisCacheLocation: location,
        serverRole: "Secondary",
      };
      const path = `${idOf(primary)}/linkedServers/${secondary}`;
      return (await fetchArm(worldOf(), "PUT", path, { body: { properties } })).status;
    },
    async untilLinked(primary: string): Promise<void> {
      await eventually("the link to succeed", async () => (await linkStates(primary))[0] === "Secondary Succeeded");
    },
    async provisioningStates(...caches: string[]): Promise<(string | undefined)[]> {
      const shown = await Promise.all(caches.map((name) => worldOf().client.redis.get(GROUP, name)));
      return shown.map((cache) => cache.provisioningState);
    },
  };
}

/** How a request of the official client was refused. */
export async function refusal(work: Promise<unknown>): Promise<RefusedRequest> {
  const error = (await work.then(
    () => ({ statusCode: 200, code: "none" }),
    (reason: unknown) => reason,
  )) as RefusedRequest;
  return { statusCode: error.statusCode, code: error.code };
}

/** Data that no compression makes smaller. */
export async function fill(redis: Redis, kib: number): Promise<void> {
  const batch = redis.pipeline();
  for (let at = 0; at < kib / 8; at++) batch.set(`bulk:${at}`, randomBytes(8192));
  await batch.exec();
}

/** Waits until the secondary has everything that the primary had when it was asked. */
export async function caughtUp(primary: Redis, secondary: Redis): Promise<void> {
  const mark = randomBytes(8).toString("hex");
  await primary.set("mark", mark);
  await eventually("the secondary to catch up", async () => (await secondary.get("mark")) === mark);
}

/** Every key with its value, to compare two moments or two caches. */
export async function contentOf(redis: Redis): Promise<Record<string, string | null>> {
  const content: Record<string, string | null> = {};
  for await (const keys of redis.scanStream({ count: 1000 }) as AsyncIterable<string[]>) {
    const values = keys.length === 0 ? [] : await redis.mget(keys);
    keys.forEach((key, at) => (content[key] = values[at] ?? null));
  }
  return content;
}
