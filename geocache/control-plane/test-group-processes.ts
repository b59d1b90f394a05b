import { Redis, type RedisOptions } from "ioredis";
import { z } from "zod";
import type { ProcessIdentity } from "../../base/processes.ts";
import { serviceUrl } from "../../base/registration.ts";
import { waitFor } from "../../base/waits.ts";
import { cacheAccessSchema, regionMemberListSchema, resolutionSchema, type RegionMember } from "../../contracts/lab.ts";
import { createGroupWorld, type GroupWorld } from "./test-groups.ts";
import { startProcesses, type Processes } from "./test-processes.ts";

/** `from`: the region of the application; default `west`. */
type ConnectOptions = Pick<RedisOptions, "maxRetriesPerRequest"> & { readonly from?: "west" | "east" };

export type GroupProcesses = {
  readonly processes: Processes;
  readonly groups: GroupWorld;
  /** An application's client of a cache. */
  connect(cache: string, options?: ConnectOptions): Promise<Redis>;
  membersOf(region: string): Promise<RegionMember[]>;
  syncerOf(cache: string): Promise<ProcessIdentity>;
  /** The distance of the east, one way, to the west and to the edge, where the control plane is. */
  putEastAway(latencyMs: number): Promise<void>;
  allOpen(): Promise<void>;
  end(): Promise<void>;
};

/** Groups under the real processes of geocache, each of which can be killed. */
export async function startGroupProcesses(): Promise<GroupProcesses> {
  const processes = await startProcesses();
  const open: Redis[] = [];
  const ask = async <T>(path: string, answer: z.ZodType<T>): Promise<T> =>
    await processes.lab.call({ method: "GET", path, answer });
  const membersOf = async (region: string): Promise<RegionMember[]> =>
    (await ask(`/lab/regions/${region}/members`, regionMemberListSchema)).members;
  const world = {
    home: processes.home,
    armUrl: await serviceUrl(processes.home, "geocache-arm"),
    armToken: processes.credentials.arm,
    lab: (method: "GET" | "PUT" | "DELETE", path: string, body?: unknown) =>
      processes.lab.call({ method, path, answer: z.unknown(), ...(body === undefined ? {} : { body }) }),
  };
  for (const region of ["west", "east"]) await world.lab("PUT", `/lab/regions/${region}`, {});
  const groups = createGroupWorld(() => world);
  return {
    processes,
    groups,
    async connect(cache, { from = "west", ...options } = {}) {
      const { endpoint } = await ask(`/lab/resolve?from=${from}&cache=${cache}`, resolutionSchema);
      const { username, password } = await ask(`/lab/caches/${cache}/access`, cacheAccessSchema);
      const redis = new Redis({ ...endpoint, tls: undefined, username, password, commandTimeout: 3000, ...options });
      redis.on("error", () => undefined);
      open.push(redis);
      return redis;
    },
    membersOf,
    async syncerOf(cache) {
      const members = [...(await membersOf("west")), ...(await membersOf("east"))];
      const found = members.find((one) => one.name === `${cache}-syncer`);
      if (found?.host !== "process") throw new Error(`no syncer of ${cache}`);
      return found;
    },
    async putEastAway(latencyMs) {
      await world.lab("PUT", "/lab/regions/east", { wanLatencyMs: { edge: latencyMs, west: latencyMs } });
    },
    async allOpen() {
      await waitFor(async () => (await groups.view()).members.every(({ view }) => view?.phase === "open"), {
        what: "all members to be open",
        timeoutMs: 60_000,
      });
    },
    async end() {
      for (const redis of open) redis.disconnect();
      await processes.end();
    },
  };
}
