import type { Endpoint } from "../../../contracts/endpoint.ts";
import { withAdmin, type AdminTarget } from "../../hosts/admin-connection.ts";
import { cacheUsers } from "../../hosts/cache-host.ts";
import { parseReplicationInfo, readReplicationState, type ReplicationState } from "./replication-state.ts";
import { p14ServeStaleData, type SyncProgress } from "./serving.ts";

/** Whom a secondary copies: the primary as reached through the WAN link. */
export type Primary = { readonly endpoint: Endpoint; readonly replicationPassword: string };

const STALE_DATA = "replica-serve-stale-data";

/** Brings a cache into the role of a secondary, or keeps it there. What it answers meanwhile: p14ServeStaleData. */
export async function keepSecondary(target: AdminTarget, primary: Primary, timeoutMs: number): Promise<SyncProgress> {
  const state = await readReplicationState(target, timeoutMs);
  if (!follows(state, primary)) {
    await startFollowing(target, primary, timeoutMs);
    return "full-sync";
  }
  const progress = progressOf(state);
  const wanted = p14ServeStaleData(progress);
  if (wanted !== undefined) await withAdmin(target, timeoutMs, (redis) => redis.config("SET", STALE_DATA, wanted));
  return progress;
}

function progressOf(state: SecondaryState): SyncProgress {
  if (state.linkUp) return "in-sync";
  return state.fullSyncInProgress ? "full-sync" : "out-of-reach";
}

/** Makes a cache a regular one that keeps the data it has (P18, P33). Asks nothing of its former primary (P39). */
export async function keepIndependent(target: AdminTarget, timeoutMs: number): Promise<void> {
  const state = await readReplicationState(target, timeoutMs);
  if (state.role === "secondary") await promote(target, timeoutMs);
}

/**
 * REPLICAOF NO ONE without a look beforehand: the shortest way out of a link. Answers whether the redis-server says
 * of itself afterwards that it is a primary.
 */
export async function promote(target: AdminTarget, timeoutMs: number): Promise<boolean> {
  return await withAdmin(target, timeoutMs, async (redis) => {
    await redis.replicaof("NO", "ONE");
    await redis.config("SET", STALE_DATA, "yes");
    return parseReplicationInfo(await redis.info("replication")).role === "primary";
  });
}

type SecondaryState = Extract<ReplicationState, { role: "secondary" }>;

function follows(state: ReplicationState, primary: Primary): state is SecondaryState {
  return (
    state.role === "secondary" &&
    state.primaryHost === primary.endpoint.host &&
    state.primaryPort === primary.endpoint.port
  );
}

async function startFollowing(target: AdminTarget, primary: Primary, timeoutMs: number): Promise<void> {
  const { host, port } = primary.endpoint;
  await withAdmin(target, timeoutMs, async (redis) => {
    // Before REPLICAOF: otherwise the secondary would show its old data until the copying starts.
    await redis.config("SET", STALE_DATA, "no");
    await redis.config("SET", "masteruser", cacheUsers.replication);
    await redis.config("SET", "masterauth", primary.replicationPassword);
    await redis.replicaof(host, port);
  });
}
