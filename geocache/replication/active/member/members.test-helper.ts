import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Redis } from "ioredis";
import { z } from "zod";
import { freePort } from "../../../../base/free-port.ts";
import { createApiClient, type ApiClient } from "../../../../base/http-client.ts";
import { newSecret } from "../../../../base/ids.ts";
import { isAlive, type ProcessIdentity } from "../../../../base/processes.ts";
import { waitFor } from "../../../../base/waits.ts";
import type { Endpoint } from "../../../../contracts/endpoint.ts";
import { memberViewSchema, type MemberView } from "../../../../contracts/groups.ts";
import type { RegionMember } from "../../../../contracts/lab.ts";
import { cacheUsers, type CacheHost, type CacheSpec } from "../../../hosts/cache-host.ts";
import { createMemberProcesses, type MemberProcesses } from "../../../hosts/member-processes.ts";
import { createProcessHost } from "../../../hosts/process-host.ts";
import { dump } from "../syncer/group.test-helper.ts";
import type { MemberConfig } from "./api.ts";
import type { EvictionPolicy } from "./eviction-policy.ts";

const LOOPBACK = "127.0.0.1";
const OPEN_TIMEOUT_MS = 30_000;

/** A member of a group as the control plane runs it: a redis-server of the host, a syncer and a pulse. */
export type TestMember = {
  readonly name: string;
  readonly config: MemberConfig;
  readonly direct: Endpoint;
  readonly control: ApiClient;
  /** As the applications' user. */
  client(): Redis;
  admin(): Redis;
  view(): Promise<MemberView>;
  /** The live process of one of the two parts; undefined when it has ended. */
  part(part: "syncer" | "pulse"): Promise<ProcessIdentity | undefined>;
  /** Everything that shares its region's fate. */
  regionMembers(): Promise<RegionMember[]>;
  /** All of it anew after it died, its redis empty. */
  restart(): Promise<void>;
};

export type TestMembers = {
  readonly home: string;
  readonly host: CacheHost;
  readonly processes: MemberProcesses;
  readonly members: readonly TestMember[];
  /** Resolves once all show the same. @throws TIMED_OUT */
  converged(timeoutMs?: number): Promise<void>;
  end(): Promise<void>;
};

export type TestMembersOptions = {
  readonly maxmemoryBytes?: number;
  readonly evictionPolicy?: EvictionPolicy;
  readonly hostFor?: (home: string) => CacheHost;
  /** Where the syncer of one member reaches that of another; default: there. */
  readonly route?: (target: Endpoint, from: string, to: string) => Promise<Endpoint>;
};

/** A group of that size in a home of its own, every member open. */
export async function startMembers(size: number, options: TestMembersOptions = {}): Promise<TestMembers> {
  const { maxmemoryBytes = 64 * 1024 * 1024, evictionPolicy = "noeviction" } = options;
  const home = await mkdtemp(path.join(tmpdir(), "lifeboat-members-"));
  const host = (options.hostFor ?? createProcessHost)(home);
  const processes = createMemberProcesses(home);
  const open: Redis[] = [];
  const [secret, controlToken] = [newSecret(), newSecret()];
  const names = Array.from({ length: size }, (_, index) => `m${index}`);
  const ports = new Map<string, { exchange: number; control: number }>();
  for (const name of names) ports.set(name, { exchange: await freePort(), control: await freePort() });

  const peersOf = async (name: string): Promise<MemberConfig["membership"]["peers"]> =>
    await Promise.all(
      names
        .filter((other) => other !== name)
        .map(async (member) => {
          const there = { host: LOOPBACK, port: ports.get(member)?.exchange ?? 0, tls: false };
          return { member, endpoint: (await options.route?.(there, name, member)) ?? there };
        }),
    );

  const start = async (name: string): Promise<TestMember> => {
    const secrets = { adminPassword: newSecret(), clientPassword: newSecret(), replicationPassword: newSecret() };
    const spec: CacheSpec = { name, region: "west", maxmemoryBytes, secrets, evictionPolicy, isMember: true };
    const { direct, identity } = await host.start(spec);
    const config: MemberConfig = {
      member: name,
      secret,
      controlToken,
      redis: { endpoint: direct, username: cacheUsers.admin, password: secrets.adminPassword },
      exchange: { host: LOOPBACK, port: ports.get(name)?.exchange ?? 0 },
      control: { host: LOOPBACK, port: ports.get(name)?.control ?? 0 },
      hostForRedis: await host.replicationListenHost(),
      membership: { epoch: 1, peers: await peersOf(name) },
      evictionPolicy,
      maxmemoryBytes,
      clockOffsetMs: 0,
      conflictsFile: processes.conflictsFile(name),
    };
    await processes.start(config);
    const control = createApiClient({
      url: () => Promise.resolve(`http://${LOOPBACK}:${config.control.port}`),
      token: controlToken,
    });
    const connect = (username: string, password: string): Redis => {
      const redis = new Redis({
        ...direct,
        tls: undefined,
        username,
        password,
        enableReadyCheck: false,
        maxRetriesPerRequest: 0,
      });
      redis.on("error", () => undefined);
      open.push(redis);
      return redis;
    };
    const regionMembers = async (): Promise<RegionMember[]> => [
      { kind: "cache", name, ...identity },
      ...(await processes.adopt(name)),
    ];
    return {
      name,
      config,
      direct,
      control,
      client: () => connect(cacheUsers.client, secrets.clientPassword),
      admin: () => connect(cacheUsers.admin, secrets.adminPassword),
      view: () => control.call({ method: "GET", path: "/view", answer: memberViewSchema }),
      async part(part) {
        const found = (await processes.adopt(name)).find((each) => each.name === `${name}-${part}`);
        return found?.host === "process" ? found : undefined;
      },
      regionMembers,
      async restart() {
        const again = await host.start(spec);
        await processes.start({ ...config, redis: { ...config.redis, endpoint: again.direct } });
      },
    };
  };

  const end = async (): Promise<void> => {
    for (const redis of open) redis.disconnect();
    await Promise.all(names.map((name) => processes.stop(name)));
    await Promise.all(names.map((name) => host.stop(name)));
    await rm(home, { recursive: true, force: true });
  };
  const startAll = async (): Promise<TestMember[]> => {
    const started = await Promise.all(names.map(start));
    const [first] = started;
    if (first !== undefined) await startEmpty(first, processes);
    for (const member of started) await isOpen(member);
    return started;
  };
  const members = await startAll().catch(async (error: unknown) => {
    await end();
    throw error;
  });
  return {
    home,
    host,
    processes,
    members,
    async converged(timeoutMs = 30_000) {
      const admins = members.map((member) => member.admin());
      await waitFor(
        async () => {
          const [first, ...others] = await Promise.all(admins.map(async (admin) => JSON.stringify(await dump(admin))));
          return others.every((one) => one === first);
        },
        { what: "all members to show the same", timeoutMs, intervalMs: 100 },
      );
    },
    end,
  };
}

/** Nobody has data that it could take over. */
async function startEmpty({ name, config, control }: TestMember, processes: TestMembers["processes"]): Promise<void> {
  const attempt = async (): Promise<unknown> => {
    // A port that was free may be taken by now: what has ended is started again, as the control plane does.
    if ((await processes.adopt(name)).length < 2) await processes.start(config);
    return await control.call({ method: "POST", path: "/start-empty", answer: z.unknown() });
  };
  await waitFor(attempt, { what: `${name} to start empty`, timeoutMs: OPEN_TIMEOUT_MS });
}

export async function isOpen(member: TestMember): Promise<void> {
  await waitFor(async () => (await member.view()).phase === "open", {
    what: `${member.name} to be open`,
    timeoutMs: OPEN_TIMEOUT_MS,
  });
}

/** `kill -9`, and waits until it is gone. */
export async function killNow(identity: ProcessIdentity | undefined): Promise<void> {
  if (identity === undefined) throw new Error("there is no such process");
  process.kill(identity.pid, "SIGKILL");
  await waitFor(() => !isAlive(identity), { what: "it to end", timeoutMs: 5000, intervalMs: 5 });
}
