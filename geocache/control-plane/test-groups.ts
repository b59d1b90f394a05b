import { readFile } from "node:fs/promises";
import { createPipelineRequest } from "@azure/core-rest-pipeline";
import { RedisEnterpriseManagementClient, type Cluster, type Database } from "@azure/arm-redisenterprisecache";
import { groupViewSchema, type GroupView } from "../../contracts/groups.ts";
import { caFile } from "./certificates.ts";
import { GROUP, POLL, SUBSCRIPTION, type World } from "./test-world.ts";

export const NICKNAME = "players";
/** 1/100 of 1 GB: room for a log beside the data. */
const SMALL = { sku: { name: "Enterprise_E1", capacity: 2 }, tags: { "lifeboat-memory-scale": "50" } };

export function databaseIdOf(cluster: string): string {
  return `/subscriptions/${SUBSCRIPTION}/resourceGroups/${GROUP}/providers/Microsoft.Cache/redisEnterprise/${cluster}/databases/default`;
}

export function linkTo(...clusters: string[]): { id: string }[] {
  return clusters.map((cluster) => ({ id: databaseIdOf(cluster) }));
}

/** The official client, with nothing but endpoint, authority and credential set. */
export async function enterpriseClient(
  world: Pick<World, "armUrl" | "home">,
  token = "arm-token",
): Promise<RedisEnterpriseManagementClient> {
  const credential = { getToken: () => Promise.resolve({ token, expiresOnTimestamp: Date.now() + 3_600_000 }) };
  return new RedisEnterpriseManagementClient(credential, SUBSCRIPTION, {
    endpoint: world.armUrl,
    tlsOptions: { ca: await readFile(caFile(world.home), "utf8") },
    retryOptions: { maxRetries: 0 },
  });
}

export type MemberOptions = {
  readonly region?: string;
  readonly nickname?: string;
  readonly linked?: readonly string[];
  readonly cluster?: Partial<Cluster>;
  readonly database?: Partial<Database>;
};

/** Groups of a world, through the official client. */
export function createGroupWorld(worldOf: () => World) {
  const client = async (token?: string): Promise<RedisEnterpriseManagementClient> =>
    await enterpriseClient(worldOf(), token);

  async function createCluster(name: string, options: MemberOptions = {}): Promise<void> {
    const location = options.region ?? "west";
    const { redisEnterprise } = await client();
    await redisEnterprise.beginCreateAndWait(GROUP, name, { location, ...SMALL, ...options.cluster }, POLL);
  }

  async function createDatabase(name: string, options: MemberOptions = {}): Promise<void> {
    const { databases } = await client();
    const linkedDatabases = linkTo(...(options.linked ?? [name]));
    const geoReplication = { groupNickname: options.nickname ?? NICKNAME, linkedDatabases };
    await databases.beginCreateAndWait(GROUP, name, "default", { geoReplication, ...options.database }, POLL);
  }

  return {
    client,
    createCluster,
    createDatabase,
    /** A cluster with its database; all that are there already are named as linked. */
    async join(name: string, options: MemberOptions = {}): Promise<void> {
      await createCluster(name, options);
      await createDatabase(name, options);
    },
    /** What ARM shows of each linked database, by cluster. */
    async linkStates(name: string): Promise<Record<string, string | undefined>> {
      const shown = await (await client()).databases.get(GROUP, name, "default");
      const linked = shown.geoReplication?.linkedDatabases ?? [];
      return Object.fromEntries(linked.map(({ id, state }) => [id?.split("/").at(-3) ?? "", state]));
    },
    async view(nickname = NICKNAME): Promise<GroupView> {
      return groupViewSchema.parse(await worldOf().lab("GET", `/lab/groups/${nickname}`));
    },
    async forceUnlink(survivor: string, ...targets: string[]): Promise<void> {
      const { databases } = await client();
      await databases.beginForceUnlinkAndWait(GROUP, survivor, "default", { ids: targets.map(databaseIdOf) }, POLL);
    },
    async remove(name: string): Promise<void> {
      await (await client()).redisEnterprise.beginDeleteAndWait(GROUP, name, POLL);
    },
    /** An action that the published client lacks, through its own pipeline. Answers the status. */
    async post(name: string, action: string, body?: unknown): Promise<{ status: number; text: string }> {
      const request = createPipelineRequest({
        url: `${worldOf().armUrl}${databaseIdOf(name)}/${action}?api-version=2025-07-01`,
        method: "POST",
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      request.headers.set("content-type", "application/json");
      const answer = await (await client()).sendRequest(request);
      return { status: answer.status, text: answer.bodyAsText ?? "" };
    },
  };
}
