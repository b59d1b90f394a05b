import { createHash } from "node:crypto";
import { accessRules } from "../replication/active/member/client-access.ts";
import { serverPolicy } from "../replication/active/member/eviction-policy.ts";
import { cacheUsers, type CacheSpec } from "./cache-host.ts";

const MIB = 1024 * 1024;
const DEFAULT_POLICY = "volatile-lru";

export type RedisFiles = { readonly conf: string; readonly acl: string };

export type RedisPlace = {
  /** Folder as the redis-server sees it. */
  readonly folder: string;
  readonly bind: string;
  readonly port: number;
};

/** The two files that a redis-server starts from; both hold secrets and need mode 0600. */
export function renderRedisFiles(spec: CacheSpec, place: RedisPlace): RedisFiles {
  return { conf: renderConf(spec, place), acl: renderAcl(spec) };
}

function renderConf(spec: CacheSpec, place: RedisPlace): string {
  return lines([
    `bind ${place.bind}`,
    `port ${place.port}`,
    // The ACL protects it: a default user that is off makes protected mode needless.
    "protected-mode no",
    `dir ${place.folder}`,
    `pidfile ${place.folder}/redis.pid`,
    `aclfile ${place.folder}/users.acl`,
    'save ""',
    "appendonly no",
    `maxmemory ${spec.maxmemoryBytes}`,
    // P13: a secondary refuses writes. P34: a primary waits for no replica.
    "replica-read-only yes",
    "min-replicas-to-write 0",
    "repl-diskless-sync yes",
    // The default of 5 s would be part of every full sync.
    "repl-diskless-sync-delay 0",
    // P14: read straight from the link, a sync would hold up a slow link's secondary in silence, where it must refuse.
    "repl-diskless-load disabled",
    "rdb-del-sync-files yes",
    ...(spec.isMember === true ? memberLines(spec) : plainLines(spec)),
    "enable-debug-command no",
    "enable-module-command no",
  ]);
}

function plainLines({ maxmemoryBytes, evictionPolicy = DEFAULT_POLICY }: CacheSpec): string[] {
  return [
    `maxmemory-policy ${evictionPolicy}`,
    `repl-backlog-size ${backlogBytes(maxmemoryBytes, 16 * MIB)}`,
    "repl-timeout 10",
    "repl-ping-replica-period 1",
  ];
}

function memberLines({ maxmemoryBytes, evictionPolicy = DEFAULT_POLICY }: CacheSpec): string[] {
  return [
    `maxmemory-policy ${serverPolicy(evictionPolicy)}`,
    // In the stream expiry and eviction look like a client's DEL: redis announces them, and the syncer listens.
    "notify-keyspace-events Exe",
    // A syncer that was away goes on where it stopped: a minute of 2,000 writes a second with 100 bytes each.
    `repl-backlog-size ${backlogBytes(maxmemoryBytes, 24 * MIB)}`,
    // An idle backlog would be dropped and the history renamed.
    "repl-backlog-ttl 0",
    // A snapshot for a new member passes the WAN, and what is written meanwhile must wait for it.
    `client-output-buffer-limit replica ${Math.max(256 * MIB, maxmemoryBytes)} 0 0`,
    "repl-timeout 60",
    // The pulse says in the stream that all is well; a PING there moves the data's position for nothing.
    "repl-ping-replica-period 10",
  ];
}

/** The backlog counts in `used_memory`, so that it may only take a part of a small cache. */
function backlogBytes(maxmemoryBytes: number, wantedBytes: number): number {
  return Math.round(Math.min(wantedBytes, Math.max(MIB, maxmemoryBytes / 8)));
}

/**
 * Clients of a plain cache get every data command and nothing that touches replication, configuration or other
 * clients. INFO is what client libraries ask first; SORT and RESTORE are data commands that Redis files under
 * @dangerous.
 */
const PLAIN_CLIENT_RULES = "on +@all -@admin -@dangerous +info +flushall +flushdb +sort +sort_ro +restore";

function renderAcl(spec: CacheSpec): string {
  const { adminPassword, clientPassword, replicationPassword } = spec.secrets;
  const clientRules = spec.isMember === true ? accessRules("closed").join(" ") : PLAIN_CLIENT_RULES;
  return lines([
    "user default off resetpass resetkeys resetchannels -@all",
    `user ${cacheUsers.admin} on ${hashed(adminPassword)} ~* &* +@all`,
    `user ${cacheUsers.client} ${hashed(clientPassword)} ~* &* ${clientRules}`,
    `user ${cacheUsers.replication} on ${hashed(replicationPassword)} resetchannels -@all +psync +replconf +ping`,
  ]);
}

function hashed(password: string): string {
  return `#${createHash("sha256").update(password).digest("hex")}`;
}

function lines(all: readonly string[]): string {
  return `${all.join("\n")}\n`;
}
