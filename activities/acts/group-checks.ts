import { isDeepStrictEqual } from "node:util";
import type { GroupTopology } from "../../scenarios/schema.ts";
import { showDatabase } from "../clients/arm-group.ts";
import { groupView, whatIsMissing } from "../clients/group-view.ts";
import type { ActivityDeps } from "../deps.ts";
import type { Check } from "./pair-checks.ts";

/** What an active group needs before it is drilled: the one that was planned, whole, with members all alike. */
export function groupChecks(deps: ActivityDeps, topology: GroupTopology): Check[] {
  const { nickname } = topology;
  return [
    { name: "group-as-planned", target: nickname, look: () => asPlanned(deps, topology) },
    { name: "members-alike", target: nickname, look: () => alike(deps, topology) },
    { name: "group-whole", target: nickname, look: () => whole(deps, topology) },
  ];
}

type Settings = Readonly<Record<string, unknown>>;

/** Nickname, members and their regions as ARM has them (G01), every member linked (A30, A32). */
async function asPlanned(deps: ActivityDeps, topology: GroupTopology): Promise<Record<string, Settings>> {
  const wanted = topology.caches.map(({ name }) => name).toSorted();
  const found: Record<string, Settings> = {};
  for (const { name, region } of topology.caches) {
    const arm = await deps.enterprise();
    const { location } = await arm.redisEnterprise.get(deps.armScope.resourceGroup, name);
    if (location !== region) throw new Error(`${name} is in ${location}, not in ${region}`);
    const { geoReplication } = (await showDatabase(deps, name)) ?? {};
    const linked = geoReplication?.linkedDatabases ?? [];
    const states = linked.map(({ id, state }) => `${cacheIn(id)} ${state}`).toSorted();
    found[name] = { location, groupNickname: geoReplication?.groupNickname, linked: states };
    if (geoReplication?.groupNickname !== topology.nickname) {
      throw new Error(`${name} is in the group "${geoReplication?.groupNickname}", not in "${topology.nickname}"`);
    }
    if (
      !isDeepStrictEqual(
        states,
        wanted.map((each) => `${each} Linked`),
      )
    ) {
      throw new Error(`${name} is linked with ${states.join(", ") || "nobody"}; wanted are ${wanted.join(", ")}`);
    }
  }
  return found;
}

function cacheIn(id: string | undefined): string {
  return /redisEnterprise\/([^/]+)/i.exec(id ?? "")?.[1]?.toLowerCase() ?? "?";
}

/** What must not differ between members (A10, A36), side by side (G02). */
async function alike(deps: ActivityDeps, topology: GroupTopology): Promise<Record<string, Settings>> {
  const names = topology.caches.map(({ name }) => name);
  const members = await Promise.all(names.map((name) => settingsOf(deps, name)));
  const fields = Object.keys(members[0] ?? {});
  const table = Object.fromEntries(
    fields.map((field) => [field, Object.fromEntries(names.map((name, at) => [name, members[at]?.[field] ?? null]))]),
  );
  const different = fields.filter((field) =>
    members.some((one) => !isDeepStrictEqual(one[field], members[0]?.[field])),
  );
  if (different.length > 0) {
    const shown = different.map((field) => `${field} ${JSON.stringify(table[field])}`);
    throw new Error(`members differ in ${shown.join(", ")} (A10)`);
  }
  return table;
}

async function settingsOf(deps: ActivityDeps, name: string): Promise<Settings> {
  const arm = await deps.enterprise();
  const { sku, minimumTlsVersion } = await arm.redisEnterprise.get(deps.armScope.resourceGroup, name);
  const database = await showDatabase(deps, name);
  if (!database) throw new Error(`${name} has no database`);
  const { clientProtocol, clusteringPolicy, evictionPolicy, modules, persistence } = database;
  return { sku, minimumTlsVersion, clientProtocol, clusteringPolicy, evictionPolicy, modules, persistence };
}

async function whole(deps: ActivityDeps, topology: GroupTopology): Promise<number> {
  const group = await groupView(deps, topology.nickname);
  const missing = whatIsMissing(
    group,
    topology.caches.map(({ name }) => name),
  );
  if (missing.length > 0) throw new Error(missing.join("; "));
  return group.epoch;
}
