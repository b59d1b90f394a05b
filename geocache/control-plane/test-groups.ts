import { readFile } from "node:fs/promises";
import { createPipelineRequest, type PipelineResponse } from "@azure/core-rest-pipeline";
import { RedisEnterpriseManagementClient, type Cluster, type Database } from "@azure/arm-redisenterprisecache";
import { groupListSchema, groupViewSchema, type GroupView } from "../../contracts/groups.ts";
import type { RegionMember } from "../../contracts/lab.ts";
import { caFile } from "./certificates.ts";
import { freeze } from "./test-faults.ts";
import { waitFor } from "../../base/waits.ts";
import { eventually, GROUP, POLL, SUBSCRIPTION, type World } from "./test-world.ts";

export const NICKNAME = "players";
/** 1/50 of 1 GB: room for a log beside the data. */
const SMALL = { sku: { name: "Enterprise_E1", capacity: 2 }, tags: { "lifeboat-memory-scale": "50" } };

export type GroupWorld = ReturnType<typeof createGroupWorld>;

export function databaseIdOf(cluster: string): string {
  return `/subscriptions/${SUBSCRIPTION}/resourceGroups/${GROUP}/providers/Microsoft.Cache/redisEnterprise/${cluster}/databases/default`;
}

export function linkTo(...clusters: string[]): { id: string }[] {
  return clusters.map((cluster) => ({ id: databaseIdOf(cluster) }));
}

/** The official client, with nothing but endpoint, authority and credential set. */
async function enterpriseClient(
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

export type Refused = { readonly status: number; readonly code: string; readonly message: string };

/** How a request was refused; `status` 200 when it was not. */
export async function refusedAs(work: Promise<unknown>): Promise<Refused> {
  return await work.then(
    () => ({ status: 200, code: "", message: "" }),
    (error: { statusCode?: number; code?: string; message: string }) => ({
      status: error.statusCode ?? 0,
      code: error.code ?? "",
      message: error.message,
    }),
  );
}

/** What groups are looked at and changed through; `armToken`: that of an owner. */
type GroupLab = Pick<World, "armUrl" | "home" | "lab"> & { readonly armToken?: string };
type Posted = { readonly status: number; readonly text: string; readonly operationUrl: string };
type Operation = { readonly status: string; readonly error?: { readonly message: string } };

export type MemberOptions = {
  readonly region?: string;
  readonly nickname?: string;
  readonly linked?: readonly string[];
  readonly cluster?: Partial<Cluster>;
  readonly database?: Partial<Database>;
};

/** Groups of a world, through the official client. */
export function createGroupWorld(worldOf: () => GroupLab) {
  const client = async (token = worldOf().armToken): Promise<RedisEnterpriseManagementClient> =>
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

  async function send(url: string, method: "GET" | "POST" | "DELETE", body?: unknown): Promise<PipelineResponse> {
    const request = createPipelineRequest({
      url,
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    request.headers.set("content-type", "application/json");
    return await (await client()).sendRequest(request);
  }

  async function begin(method: "POST" | "DELETE", id: string, body?: unknown): Promise<Posted> {
    const url = `${worldOf().armUrl}${id}?api-version=2025-07-01`;
    const { status, headers, bodyAsText } = await send(url, method, body);
    return { status, text: bodyAsText ?? "", operationUrl: headers.get("azure-asyncoperation") ?? "" };
  }

  /** An action that the published client lacks, through its own pipeline. */
  async function post(name: string, action: string, body?: unknown): Promise<Posted> {
    return await begin("POST", `${databaseIdOf(name)}/${action}`, body);
  }

  /** How the operation ended, once it has: what it says of its failure, "" for none. */
  async function ended({ status: accepted, text, operationUrl }: Posted): Promise<string> {
    if (accepted !== 202) throw new Error(`${accepted} ${text}`);
    const outcome = await waitFor(
      async () => {
        const { status, error } = JSON.parse((await send(operationUrl, "GET")).bodyAsText ?? "") as Operation;
        return status !== "InProgress" && { failure: error?.message ?? (status === "Succeeded" ? "" : status) };
      },
      { what: `${operationUrl} to end`, timeoutMs: 60_000 },
    );
    return outcome.failure;
  }

  /** An action to its end. @throws Error with what the service says of one that was refused or failed */
  async function action(name: string, verb: string, body?: unknown): Promise<void> {
    const failure = await ended(await post(name, verb, body));
    if (failure !== "") throw new Error(failure);
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
    /** Everything that a refused request must leave as it is. */
    async everything(): Promise<unknown> {
      const { redisEnterprise, databases } = await client();
      const shown: unknown[] = [];
      for await (const cluster of redisEnterprise.listByResourceGroup(GROUP)) {
        shown.push(cluster);
        for await (const database of databases.listByCluster(GROUP, cluster.name ?? "")) shown.push(database);
      }
      const { groups } = groupListSchema.parse(await worldOf().lab("GET", "/lab/groups"));
      const { caches } = (await worldOf().lab("GET", "/lab/caches")) as { caches: unknown };
      const memberships = groups.map(({ nickname, epoch, members }) => ({
        nickname,
        epoch,
        known: members.map(({ cache, view }) => [cache, view?.epoch, view?.phase]),
      }));
      return { shown, memberships, caches };
    },
    /** Stops all processes of a member, as a region that hangs does; `thaw` lets them go on. */
    async freeze(name: string): Promise<{ thaw(): Promise<void> }> {
      const world = worldOf();
      const redis = await freeze(world, name);
      const { members: west } = (await world.lab("GET", "/lab/regions/west/members")) as { members: RegionMember[] };
      const { members: east } = (await world.lab("GET", "/lab/regions/east/members")) as { members: RegionMember[] };
      const beside = [...west, ...east].flatMap((one) =>
        one.host === "process" && one.kind === "syncer" && one.name.startsWith(`${name}-`) ? [one.pid] : [],
      );
      for (const pid of beside) process.kill(pid, "SIGSTOP");
      return {
        async thaw() {
          for (const pid of beside) process.kill(pid, "SIGCONT");
          await redis.thaw();
        },
      };
    },
    /** Until everybody else says that it hears nothing of this member. */
    async untilSilent(name: string, nickname = NICKNAME): Promise<void> {
      await eventually(`${name} to be silent`, async () => {
        const views = groupViewSchema.parse(await worldOf().lab("GET", `/lab/groups/${nickname}`)).members;
        const seen = views.flatMap(({ view }) => view?.peers.filter((peer) => peer.member === name) ?? []);
        return seen.length > 0 && seen.every((peer) => peer.state === "silent");
      });
    },
    post,
    /** Begins to delete a member with its cluster. */
    beginRemoval: async (name: string): Promise<Posted> =>
      await begin("DELETE", databaseIdOf(name).replace("/databases/default", "")),
    ended,
    action,
    flush: async (name: string): Promise<void> => await action(name, "flush"),
  };
}
