import type { Database } from "@azure/arm-redisenterprisecache";
import type { GroupTopology } from "../../scenarios/schema.ts";
import type { ActivityDeps } from "../deps.ts";

/** The only name that a database may have (A18). */
const DATABASE = "default";
const POLL_MS = 50;

type Member = GroupTopology["caches"][number];

/** `/subscriptions/…/redisEnterprise/<cache>/databases/default`: how ARM names a member (A18). */
export function databaseId({ armScope }: ActivityDeps, cache: string): string {
  const { subscriptionId, resourceGroup } = armScope;
  const group = `/subscriptions/${subscriptionId}/resourceGroups/${resourceGroup}`;
  return `${group}/providers/Microsoft.Cache/redisEnterprise/${cache}/databases/${DATABASE}`;
}

/** A member's database as ARM shows it; undefined when there is none. */
export async function showDatabase(
  deps: ActivityDeps,
  cache: string,
  abortSignal?: AbortSignal,
): Promise<Database | undefined> {
  const arm = await deps.enterprise();
  return absentIsUndefined(() =>
    arm.databases.get(deps.armScope.resourceGroup, cache, DATABASE, abortSignal ? { abortSignal } : {}),
  );
}

/** Creates a cluster; one that is there already stays. */
export async function createCluster(deps: ActivityDeps, member: Member, memoryScale: number): Promise<void> {
  const arm = await deps.enterprise();
  const { resourceGroup } = deps.armScope;
  const found = await absentIsUndefined(() => arm.redisEnterprise.get(resourceGroup, member.name));
  if (found?.provisioningState === "Succeeded") return;
  await arm.redisEnterprise.beginCreateAndWait(
    resourceGroup,
    member.name,
    {
      location: member.region,
      sku: { name: member.sku, capacity: 2 },
      tags: { lifeboat: "drill", "lifeboat-memory-scale": String(memoryScale) },
    },
    { updateIntervalInMs: POLL_MS },
  );
}

export type NewMember = {
  readonly cache: string;
  readonly nickname: string;
  readonly evictionPolicy: GroupTopology["evictionPolicy"];
  /** Who is in the group already; itself is added (A16, A17). */
  readonly others: readonly string[];
};

/** Creates a member's database: it makes the group or joins it (A14). One that is there already stays. */
export async function createMember(deps: ActivityDeps, member: NewMember, abortSignal?: AbortSignal): Promise<void> {
  const { cache, nickname, evictionPolicy, others } = member;
  if ((await showDatabase(deps, cache))?.provisioningState === "Succeeded") return;
  const arm = await deps.enterprise();
  const linkedDatabases = [...others, cache].map((each) => ({ id: databaseId(deps, each) }));
  await arm.databases.beginCreateAndWait(
    deps.armScope.resourceGroup,
    cache,
    DATABASE,
    {
      clientProtocol: "Plaintext",
      clusteringPolicy: "EnterpriseCluster",
      evictionPolicy,
      geoReplication: { groupNickname: nickname, linkedDatabases },
    },
    { updateIntervalInMs: POLL_MS, ...(abortSignal ? { abortSignal } : {}) },
  );
}

/** Deletes database and cluster; what is gone stays gone. */
export async function deleteMember(deps: ActivityDeps, cache: string, abortSignal?: AbortSignal): Promise<void> {
  const arm = await deps.enterprise();
  const { resourceGroup } = deps.armScope;
  const options = { updateIntervalInMs: POLL_MS, ...(abortSignal ? { abortSignal } : {}) };
  if (await showDatabase(deps, cache)) {
    await absentIsUndefined(() => arm.databases.beginDeleteAndWait(resourceGroup, cache, DATABASE, options));
  }
  if (await absentIsUndefined(() => arm.redisEnterprise.get(resourceGroup, cache))) {
    await absentIsUndefined(() => arm.redisEnterprise.beginDeleteAndWait(resourceGroup, cache, options));
  }
}

/** Members of the group that `cache` is in, as ARM shows them there. */
export async function linkedCaches(deps: ActivityDeps, cache: string): Promise<string[]> {
  const linked = (await showDatabase(deps, cache))?.geoReplication?.linkedDatabases ?? [];
  return linked.flatMap(({ id }) => /redisEnterprise\/([^/]+)\/databases/i.exec(id ?? "")?.[1]?.toLowerCase() ?? []);
}

/** Removes a member that is unavailable, started on one that is not (A21). Removed already, a no-op. */
export async function forceUnlink(
  deps: ActivityDeps,
  act: { readonly survivor: string; readonly lost: string },
  abortSignal?: AbortSignal,
): Promise<void> {
  if (!(await linkedCaches(deps, act.survivor)).includes(act.lost)) return;
  const arm = await deps.enterprise();
  await arm.databases.beginForceUnlinkAndWait(
    deps.armScope.resourceGroup,
    act.survivor,
    DATABASE,
    { ids: [databaseId(deps, act.lost)] },
    { updateIntervalInMs: 20, ...(abortSignal ? { abortSignal } : {}) },
  );
}

async function absentIsUndefined<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if ((error as { statusCode?: number }).statusCode === 404) return undefined;
    throw error;
  }
}
