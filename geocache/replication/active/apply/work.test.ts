import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readBatch } from "../codec/batch.ts";
import type { Operation } from "../operation.ts";
import { secretNames } from "../secrets.ts";
import { batchOf } from "../store/batch-of.ts";
import { RedisClient } from "../store/redis-client.ts";
import { LOOPBACK, startRedis, type TestRedis } from "../syncer/redis.test-helper.ts";
import { Work } from "./work.ts";

const names = secretNames("c0ffee");

let folder: string;
let server: TestRedis;
let redis: RedisClient;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "lifeboat-work-"));
  server = await startRedis({ folder, names: secretNames("nobody") });
  const endpoint = { host: LOOPBACK, port: server.port, tls: false };
  redis = await RedisClient.connect({ endpoint, username: "default", password: "any" });
}, 30_000);
afterAll(async () => {
  redis.close();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

/** The commands as redis itself reads them. */
async function commandsIn(work: Work): Promise<string[][]> {
  const parts = await Promise.all(
    work.take().map((part) => redis.call("EVAL", "return cmsgpack.unpack(ARGV[1])", "0", part)),
  );
  return parts.flatMap((part) => part as unknown as string[][]);
}

const text = fc.oneof(
  fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)), maxLength: 5 }),
  fc.integer({ min: 0, max: 3 }).map((length) => "x".repeat([31, 32, 65_535, 65_536][length] ?? 0)),
);
const key = fc.constantFrom("a", "b");
const commands = fc.oneof(
  fc.tuple(fc.constantFrom("SADD", "HDEL", "RPUSH"), key, text),
  fc.tuple(fc.constantFrom("HSET", "ZADD"), key, text, text),
  fc.tuple(fc.constant("INCRBY"), key, text),
  fc.tuple(fc.constant("UNLINK"), key),
);

/** Each word with its key, and one argument after the other, whoever they came with. */
function course(list: readonly (readonly string[])[]): string[][] {
  const told: string[][] = [];
  for (const [word = "", name = "", ...rest] of list) {
    const last = told.at(-1);
    if (rest.length > 0 && last?.[0] === word && last[1] === name) last.push(...rest);
    else told.push([word, name, ...rest]);
  }
  return told;
}

describe("work for the apply function", () => {
  it("is read by redis as it was given, in order, whatever bytes are in it", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(commands, { maxLength: 30 }), async (list) => {
        const work = new Work();
        for (const command of list) work.add(command);
        expect(course(await commandsIn(work))).toEqual(course(list));
      }),
      { numRuns: 200 },
    );
  });

  it("sets many values at once, in parts of a bounded size, and keeps what stands between them in its place", async () => {
    const sets = Array.from({ length: 5000 }, (_, index): Operation => {
      const effect = { kind: "set", key: `k${index}`, value: "v".repeat(index % 300), ttl: { kind: "none" } } as const;
      return { origin: "m0/1", seq: index + 1, hlcUs: index, seen: new Map(), effect };
    });
    const work = new Work();
    const operations = readBatch(batchOf(sets, names).bytes);
    for (const operation of operations.slice(0, 4000)) work.addPlainSet(operation);
    work.add(["UNLINK", "k7"]);
    for (const operation of operations.slice(4000)) work.addPlainSet(operation);
    const parts = work.take();
    expect(Math.max(...parts.map(({ length }) => length))).toBeLessThan(256 * 1024);
    const again = new Work();
    for (const operation of operations) again.addPlainSet(operation);
    const found = await commandsIn(again);
    expect(found.every(({ length }) => length <= 1001)).toBe(true);
    const pairs = found.flatMap(([, ...rest]) => rest);
    expect(pairs).toEqual(sets.flatMap(({ effect }) => ("value" in effect ? [effect.key, effect.value] : [])));
  });
});
