import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { waitFor } from "../../../../base/waits.ts";
import { Work } from "../apply/work.ts";
import { secretNames } from "../secrets.ts";
import { loadLibrary } from "../store/library.ts";
import { lookArguments, parseLook } from "../store/look.ts";
import { RedisClient } from "../store/redis-client.ts";
import { LOOPBACK, startRedis, type TestRedis } from "../syncer/redis.test-helper.ts";
import { attach, type AttachTarget } from "./attachment.ts";

const names = secretNames("c0ffee");
const { apply, claim, read, stage } = names.functions;
/** Enough for some whose new time is over before redis has taken it. */
const KEYS = Array.from({ length: 5000 }, (_, index) => `key${index}`);

let folder: string;
let server: TestRedis;
let redis: RedisClient;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "lifeboat-over-"));
  // A pulse would move the data: it is looked for under another name.
  server = await startRedis({ folder, names: secretNames("nobody") });
  redis = await RedisClient.connect(target());
  await loadLibrary(redis, names);
}, 30_000);
afterAll(async () => {
  redis.close();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

function target(): AttachTarget {
  return { endpoint: { host: LOOPBACK, port: server.port, tls: false }, username: "default", password: "any" };
}

/** Everything that redis says from here on, once it listens to acknowledgements. */
async function follow(): Promise<{ readonly said: readonly (readonly string[])[]; readonly close: () => void }> {
  const said: (readonly string[])[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const attachment = attach(target(), undefined, {
    onAttached: () => resolve(),
    onCommand: (args) => void said.push(args),
    onClosed: (reason) => reject(new Error(reason)),
  });
  await promise;
  const nudge = setInterval(() => attachment.acknowledge(0), 5);
  return {
    said,
    close: () => {
      clearInterval(nudge);
      attachment.close();
    },
  };
}

it("a key whose new time is over at once is not taken for one that was over before", async () => {
  for (const key of KEYS) void server.client.sadd(key, "member");
  await server.client.ping();
  const stream = await follow();
  const owner = String(await redis.call("FCALL", claim, "0"));
  const work = new Work();
  for (const key of KEYS) work.add(["PEXPIREAT", key, "1000"]);
  for (const part of work.take()) await redis.call("FCALL_RO", stage, "0", "ticket", "work", part);
  const { offset } = parseLook([], await redis.call("FCALL_RO", read, "0", ...lookArguments([])));
  await redis.call("FCALL", apply, "0", owner, "ticket", String(offset), "[]");
  const isDone = (): boolean => stream.said.some(([name]) => name?.toLowerCase() === "exec");
  await waitFor(() => Promise.resolve(isDone()), { what: "the end of the bracket", timeoutMs: 20_000 });
  stream.close();
  const begun = stream.said.findIndex((args) => args[1] === names.marker);
  const first = new Map(
    stream.said
      .slice(begun)
      .toReversed()
      .map(([name, key]) => [key, name]),
  );
  expect(KEYS.filter((key) => first.get(key)?.toLowerCase() !== "pexpireat")).toEqual([]);
}, 60_000);
