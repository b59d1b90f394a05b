import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Redis } from "ioredis";
import { waitFor } from "../../../../base/waits.ts";
import type { Endpoint } from "../../../../contracts/endpoint.ts";
import { freePort } from "../../../../base/free-port.ts";
import { secretNames } from "../secrets.ts";
import { Syncer } from "./syncer.ts";

const names = secretNames("c0ffee");
const PULSE_EVERY_MS = 5;
const LOOPBACK = "127.0.0.1";
/** Nobody listens there. */
const NOWHERE = { host: LOOPBACK, port: 1, tls: false };

type Member = {
  readonly name: string;
  readonly port: number;
  readonly clockOffsetUs: number;
  readonly server: ChildProcess;
  readonly client: Redis;
  readonly pulse: Redis;
  syncer: Syncer;
};

/** Members over real redis-servers of the test's own, with their syncers in this process. */
export type Group = {
  readonly clients: readonly Redis[];
  readonly syncers: () => readonly Syncer[];
  /** Nobody reaches anybody. */
  cut(): Promise<void>;
  heal(): Promise<void>;
  /** Who may pull from whom, by index. */
  connect(reaches: (from: number, to: number) => boolean): Promise<void>;
  stopSyncer(index: number): Promise<void>;
  startSyncer(index: number): Promise<void>;
  /** Stops the redis-server in whatever it does; `thaw` lets it go on. */
  freeze(index: number): void;
  thaw(index: number): void;
  /** Ends a syncer in whatever it does and starts another one on the same redis. */
  restartSyncer(index: number): Promise<void>;
  /** Resolves once all members show the same. @throws TIMED_OUT */
  converged(timeoutMs: number): Promise<void>;
  readonly failures: readonly string[];
  stop(): Promise<void>;
};

/** `clockOffsetsUs`: how wrong each member's clock is; none for a member that is not named. */
export async function startGroup(size: number, clockOffsetsUs: readonly number[] = []): Promise<Group> {
  const folder = await mkdtemp(path.join(tmpdir(), "lifeboat-active-"));
  const failures: string[] = [];
  const members: Member[] = [];
  for (let index = 0; index < size; index += 1)
    members.push(await startMember({ folder, name: `m${index}`, clockOffsetUs: clockOffsetsUs[index] ?? 0 }, failures));
  const timer = setInterval(() => {
    for (const { pulse } of members) pulse.fcall(names.functions.pulse, 0).catch(() => undefined);
  }, PULSE_EVERY_MS);
  let reaches: (from: number, to: number) => boolean = () => true;
  const connect = async (): Promise<void> => {
    for (const [from, one] of members.entries()) {
      const peers = members.flatMap((other, to) =>
        other === one ? [] : [{ member: other.name, endpoint: reaches(from, to) ? endpointOf(other) : NOWHERE }],
      );
      await one.syncer.setMembership({ epoch: 1, peers });
    }
  };
  const reach = async (wanted: typeof reaches): Promise<void> => {
    reaches = wanted;
    await connect();
  };
  const startAgain = async (index: number): Promise<void> => {
    const member = members[index];
    if (member?.syncer.stopped !== true) return;
    member.syncer = await startSyncer(member, failures);
    await connect();
  };
  await connect();
  return {
    clients: members.map(({ client }) => client),
    failures,
    syncers: () => members.map(({ syncer }) => syncer),
    cut: () => reach(() => false),
    heal: () => reach(() => true),
    connect: reach,
    stopSyncer: async (index) => await members[index]?.syncer.stop(),
    startSyncer: startAgain,
    freeze: (index) => members[index]?.server.kill("SIGSTOP"),
    thaw: (index) => members[index]?.server.kill("SIGCONT"),
    async restartSyncer(index) {
      await members[index]?.syncer.stop();
      await startAgain(index);
    },
    async converged(timeoutMs) {
      await waitFor(
        async () => {
          const shown = await Promise.all(members.map(async ({ client }) => JSON.stringify(await dump(client))));
          return shown.every((one) => one === shown[0]);
        },
        { what: "all members to show the same", timeoutMs },
      );
    },
    async stop() {
      clearInterval(timer);
      for (const member of members) await stopMember(member);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

type MemberStart = { readonly folder: string; readonly name: string; readonly clockOffsetUs: number };

function endpointOf({ syncer }: Member): Endpoint {
  return { host: LOOPBACK, port: syncer.port, tls: false };
}

async function startMember({ folder, name, clockOffsetUs }: MemberStart, failures: string[]): Promise<Member> {
  const port = await freePort();
  const options = {
    port,
    bind: LOOPBACK,
    save: "",
    dir: folder,
    "notify-keyspace-events": "Exe",
    "repl-backlog-ttl": 0,
    "repl-diskless-sync-delay": 0,
    "repl-ping-replica-period": 3600,
  };
  const server = spawn(
    "redis-server",
    Object.entries(options).flatMap(([option, value]) => [`--${option}`, String(value)]),
    { stdio: "ignore" },
  );
  const client = new Redis(port, LOOPBACK);
  const pulse = new Redis(port, LOOPBACK, { db: 1 });
  for (const redis of [client, pulse]) redis.on("error", () => undefined);
  await client.ping();
  const syncer = await startSyncer({ name, port, clockOffsetUs }, failures);
  await syncer.startEmpty();
  return { name, port, clockOffsetUs, server, client, pulse, syncer };
}

async function startSyncer(
  { name, port, clockOffsetUs }: Pick<Member, "name" | "port" | "clockOffsetUs">,
  failures: string[],
): Promise<Syncer> {
  return await Syncer.start({
    member: name,
    token: "group",
    names,
    redis: { endpoint: { host: LOOPBACK, port, tls: false }, username: "default", password: "any" },
    listen: { host: LOOPBACK, port: 0 },
    clockOffsetUs,
    onFailed: (reason) => failures.push(`${name}: ${reason}`),
  });
}

async function stopMember({ syncer, client, pulse, server }: Member): Promise<void> {
  await syncer.stop();
  client.disconnect();
  pulse.disconnect();
  const ended = once(server, "exit");
  server.kill();
  await ended;
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
