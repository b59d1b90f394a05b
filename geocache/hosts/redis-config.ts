import { createHash } from "node:crypto";
import { cacheUsers, type CacheSpec } from "./cache-host.ts";

const MIB = 1024 * 1024;

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
    "maxmemory-policy volatile-lru",
    // P13: a secondary refuses writes. P34: a primary waits for no replica.
    "replica-read-only yes",
    "min-replicas-to-write 0",
    "repl-diskless-sync yes",
    // The default of 5 s would be part of every full sync.
    "repl-diskless-sync-delay 0",
    // P14: read straight from the link, a sync would hold up a slow link's secondary in silence, where it must refuse.
    "repl-diskless-load disabled",
    "rdb-del-sync-files yes",
    `repl-backlog-size ${backlogBytes(spec.maxmemoryBytes)}`,
    "repl-timeout 10",
    "repl-ping-replica-period 1",
    "enable-debug-command no",
    "enable-module-command no",
  ]);
}

/** The backlog counts in `used_memory`, so that it may only take a part of a small cache. */
function backlogBytes(maxmemoryBytes: number): number {
  return Math.round(Math.min(16 * MIB, Math.max(MIB, maxmemoryBytes / 8)));
}

/**
 * Clients get every data command and nothing that touches replication, configuration or other clients.
 * INFO is what client libraries ask first; SORT and RESTORE are data commands that Redis files under @dangerous.
 */
function renderAcl(spec: CacheSpec): string {
  const { adminPassword, clientPassword, replicationPassword } = spec.secrets;
  const clientExtras = "+info +flushall +flushdb +sort +sort_ro +restore";
  return lines([
    "user default off resetpass resetkeys resetchannels -@all",
    `user ${cacheUsers.admin} on ${hashed(adminPassword)} ~* &* +@all`,
    `user ${cacheUsers.client} on ${hashed(clientPassword)} ~* &* +@all -@admin -@dangerous ${clientExtras}`,
    `user ${cacheUsers.replication} on ${hashed(replicationPassword)} resetchannels -@all +psync +replconf +ping`,
  ]);
}

function hashed(password: string): string {
  return `#${createHash("sha256").update(password).digest("hex")}`;
}

function lines(all: readonly string[]): string {
  return `${all.join("\n")}\n`;
}
