import { Redis } from "ioredis";
import { compare, type ComparedMember } from "../../geocache/compare/compare.ts";
import type { Benchmark } from "../benchmark.ts";
import type { Figure } from "../figure.ts";
import { startRedis } from "../servers.ts";
import { drainSnapshots, longestPing } from "./beside.ts";

const timeoutMs = 120_000;
const keysPerCall = 5000;

/** Of ten keys seven strings of 40 B, a hash, a set and a sorted set of five; every tenth of all expires. */
const FILL = `
for i = tonumber(ARGV[1]), tonumber(ARGV[2]) do
  local key, kind, text = 'key:' .. i, i % 10, redis.sha1hex(i)
  if kind < 7 then redis.call('SET', key, text)
  else
    for j = 1, 5 do
      if kind == 7 then redis.call('HSET', key, 'field' .. j, text)
      elseif kind == 8 then redis.call('SADD', key, text .. j)
      else redis.call('ZADD', key, i / j, text .. j) end
    end
  end
  if i % 100 < 10 then redis.call('PEXPIREAT', key, 4000000000000 + i) end
end`;

type Round = {
  readonly seconds: number;
  readonly aloneSeconds: number;
  readonly pingMs: number;
  readonly rssMb: number;
};

/** What it takes to show that two members hold the same. */
export const compareBenchmark: Benchmark = {
  name: "compare",
  about: "two redis-servers with the same keys of mixed types, element by element, beside reading their snapshots only",
  timeoutMs: 300_000,
  async run({ quick, ...place }) {
    const keys = quick ? 20_000 : 1_000_000;
    const ports = [await startRedis({ ...place }), await startRedis({ ...place })];
    const members = ports.map((port): ComparedMember => ({
      cache: `cache-${port}`,
      endpoint: { host: "127.0.0.1", port, tls: false },
      username: "default",
      password: "any",
    }));
    await Promise.all(ports.map((port) => fill(port, keys)));
    const rounds: Round[] = [];
    for (let round = 0; round < (quick ? 1 : 3); round += 1) rounds.push(await oneRound(members, keys));
    return figuresOf(rounds, keys);
  },
};

async function oneRound(members: readonly ComparedMember[], keys: number): Promise<Round> {
  const aloneSeconds = await secondsOf(() => drainSnapshots(members));
  const rssBefore = process.memoryUsage.rss();
  const ping = longestPing(members);
  const seconds = await secondsOf(async () => {
    const { equal, members: seen } = await compare(members, timeoutMs);
    if (!equal || seen.some((one) => one.keys !== keys)) throw new Error("the comparison is wrong");
  });
  const rssMb = (process.memoryUsage.rss() - rssBefore) / 1e6;
  return { seconds, aloneSeconds, pingMs: await ping.stop(), rssMb };
}

async function fill(port: number, keys: number): Promise<void> {
  const client = new Redis(port);
  try {
    for (let from = 1; from <= keys; from += keysPerCall) {
      await client.eval(FILL, 0, from, Math.min(keys, from + keysPerCall - 1));
    }
  } finally {
    client.disconnect();
  }
}

async function secondsOf(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return (performance.now() - startedMs) / 1000;
}

function figuresOf(rounds: readonly Round[], keys: number): Figure[] {
  const name = `${keys} keys, two members`;
  return [
    { name: `${name}: compared in`, unit: "s", values: rounds.map(({ seconds }) => seconds) },
    { name: `${name}: snapshots read only`, unit: "s", values: rounds.map(({ aloneSeconds }) => aloneSeconds) },
    {
      name: `${name}: read only / compared`,
      unit: "ratio",
      values: rounds.map(({ seconds, aloneSeconds }) => aloneSeconds / seconds),
    },
    { name: `${name}: longest PING beside it`, unit: "ms", values: rounds.map(({ pingMs }) => pingMs) },
    { name: `${name}: resident memory`, unit: "MB", values: rounds.map(({ rssMb }) => rssMb) },
  ];
}
