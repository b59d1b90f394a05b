import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Redis } from "ioredis";
import { waitFor } from "../../../../base/waits.ts";
import type { Endpoint } from "../../../../contracts/endpoint.ts";
import type { Conflict } from "../../../../contracts/groups.ts";
import { secretNames } from "../secrets.ts";
import { LOOPBACK, startRedis, type TestRedis } from "./redis.test-helper.ts";
import { Syncer } from "./syncer.ts";

const names = secretNames("c0ffee");
/** Nobody listens there. */
const NOWHERE = { host: LOOPBACK, port: 1, tls: false };

type GroupOptions = {
  /** How wrong the clock is that a member's syncer goes by; right for a member that is not named. */
  readonly clockOffsetsUs?: readonly number[];
  /** What stands before `redis-server` on the command line of a member. */
  readonly serverPrefixes?: readonly (readonly string[])[];
};

/** Who lost what, as the member of that index saw it. */
type SeenConflict = { readonly member: number; readonly conflict: Omit<Conflict, "n"> };

type Setting = { readonly name: string; readonly index: number; readonly clockOffsetUs: number };
type Member = Setting & { readonly redis: TestRedis; syncer: Syncer };
type Reports = { readonly failures: string[]; readonly conflicts: SeenConflict[] };

/** Members over real redis-servers of the test's own, with their syncers in this process. */
export type Group = {
  readonly clients: readonly Redis[];
  readonly syncers: () => readonly Syncer[];
  /** Nobody reaches anybody. */
  cut(): Promise<void>;
  heal(): Promise<void>;
  /** Who may pull from whom, by index. */
  connect(reaches: (from: number, to: number) => boolean): Promise<void>;
  /** What is written at this member afterwards is dated later than what was written anywhere before. */
  pulse(index: number): Promise<void>;
  /** Ends a member's syncer for good; the others go on without it, at the next epoch. */
  unlink(index: number): Promise<void>;
  /** Of the members that are left. */
  present(): readonly Redis[];
  stopSyncer(index: number): Promise<void>;
  startSyncer(index: number): Promise<void>;
  /** Stops the redis-server in whatever it does; `thaw` lets it go on. */
  freeze(index: number): void;
  thaw(index: number): void;
  /** Ends a syncer in whatever it does and starts another one on the same redis. */
  restartSyncer(index: number): Promise<void>;
  /** Resolves once all members show the same, with everything that was written before. @throws TIMED_OUT */
  converged(timeoutMs: number): Promise<void>;
  readonly failures: readonly string[];
  readonly conflicts: readonly SeenConflict[];
  stop(): Promise<void>;
};

export async function startGroup(size: number, options: GroupOptions = {}): Promise<Group> {
  const folder = await mkdtemp(path.join(tmpdir(), "lifeboat-active-"));
  const reports: Reports = { failures: [], conflicts: [] };
  const members: Member[] = [];
  for (let index = 0; index < size; index += 1) members.push(await startMember({ folder, index, options }, reports));
  let reaches: (from: number, to: number) => boolean = () => true;
  const gone = new Set<number>();
  let calls = 0;
  const connect = async (): Promise<void> => {
    for (const [from, one] of members.entries()) {
      if (gone.has(from) || one.syncer.stopped) continue;
      const peers = members.flatMap((other, to) =>
        other === one || gone.has(to)
          ? []
          : [{ member: other.name, endpoint: reaches(from, to) ? endpointOf(other) : NOWHERE }],
      );
      await one.syncer.setMembership({ epoch: 1 + gone.size, peers });
    }
  };
  const reach = async (wanted: typeof reaches): Promise<void> => {
    reaches = wanted;
    await connect();
  };
  const startAgain = async (index: number): Promise<void> => {
    const member = members[index];
    if (member?.syncer.stopped !== true) return;
    member.syncer = await startSyncer(member, reports);
    await connect();
  };
  await connect();
  return {
    clients: members.map(({ redis }) => redis.client),
    ...reports,
    syncers: () => members.map(({ syncer }) => syncer),
    cut: () => reach(() => false),
    heal: () => reach(() => true),
    connect: reach,
    pulse: async (index) => void (await members[index]?.redis.pulse()),
    unlink: async (index) => {
      await members[index]?.syncer.stop();
      gone.add(index);
      await connect();
    },
    present: () => members.flatMap(({ redis }, index) => (gone.has(index) ? [] : [redis.client])),
    stopSyncer: async (index) => await members[index]?.syncer.stop(),
    startSyncer: startAgain,
    freeze: (index) => members[index]?.redis.server.kill("SIGSTOP"),
    thaw: (index) => members[index]?.redis.server.kill("SIGCONT"),
    async restartSyncer(index) {
      await members[index]?.syncer.stop();
      await startAgain(index);
    },
    async converged(timeoutMs) {
      // Members can also look alike because none has heard of the others yet: whoever shows these has had all of before.
      const marks = members.map(({ name }) => `${(calls += 1)} of ${name}`);
      await Promise.all(members.map(({ redis }, index) => redis.client.sadd(MARKS, marks[index] ?? "")));
      await waitFor(
        async () => {
          const shown = await Promise.all(members.map(async ({ redis }) => JSON.stringify(await dump(redis.client))));
          return shown.every((one) => one === shown[0]) && marks.every((mark) => shown[0]?.includes(mark));
        },
        { what: "all members to show the same", timeoutMs },
      );
    },
    async stop() {
      for (const { syncer } of members) await syncer.stop();
      for (const { redis } of members) await redis.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A key beside the tests' own. */
const MARKS = "marks of the comparison";

type MemberStart = { readonly folder: string; readonly index: number; readonly options: GroupOptions };

function endpointOf({ syncer }: Member): Endpoint {
  return { host: LOOPBACK, port: syncer.port, tls: false };
}

async function startMember({ folder, index, options }: MemberStart, reports: Reports): Promise<Member> {
  const redis = await startRedis({ folder, names, prefix: options.serverPrefixes?.[index] ?? [] });
  const setting = { name: `m${index}`, index, clockOffsetUs: options.clockOffsetsUs?.[index] ?? 0 };
  const syncer = await startSyncer({ ...setting, redis }, reports);
  await syncer.startEmpty();
  return { ...setting, redis, syncer };
}

async function startSyncer(
  { name, index, clockOffsetUs, redis }: Setting & { readonly redis: TestRedis },
  { failures, conflicts }: Reports,
): Promise<Syncer> {
  return await Syncer.start({
    member: name,
    token: "group",
    names,
    redis: { endpoint: { host: LOOPBACK, port: redis.port, tls: false }, username: "default", password: "any" },
    listen: { host: LOOPBACK, port: 0 },
    clockOffsetUs,
    onConflict: (conflict) => conflicts.push({ member: index, conflict }),
    onFailed: (reason) => failures.push(`${name}: ${reason}`),
  });
}

/** Everything that a client sees, order ignored where redis has none. */
export async function dump(client: Redis): Promise<unknown[]> {
  const keys = (await client.keys("*")).toSorted();
  return await Promise.all(keys.map(async (key) => [key, await client.pexpiretime(key), await contentOf(client, key)]));
}

async function contentOf(client: Redis, key: string): Promise<unknown> {
  const type = await client.type(key);
  if (type === "string") return await client.get(key);
  if (type === "list") return await client.lrange(key, 0, -1);
  if (type === "set") return (await client.smembers(key)).toSorted();
  if (type === "hash") return (await contentOfHash(client, key)).toSorted();
  if (type === "zset") return await client.call("ZRANGE", key, "0", "-1", "WITHSCORES");
  return type === "stream" ? await client.xrange(key, "-", "+") : type;
}

async function contentOfHash(client: Redis, key: string): Promise<string[]> {
  return Object.entries(await client.hgetall(key)).map((field) => JSON.stringify(field));
}
