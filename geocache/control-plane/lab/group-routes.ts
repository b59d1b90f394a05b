import type { FastifyInstance } from "fastify";
import { z } from "zod";
import { stamp } from "../../../base/clocks.ts";
import { LifeboatError } from "../../../base/errors.ts";
import { parseInput } from "../../../base/http-server.ts";
import { nameSchema } from "../../../contracts/endpoint.ts";
import { compareRequestSchema, type GroupView } from "../../../contracts/groups.ts";
import { compare, type ComparedMember } from "../../compare/compare.ts";
import { cacheUsers } from "../../hosts/cache-host.ts";
import { databaseId } from "../arm/enterprise/context.ts";
import type { GroupDoc } from "../groups/model.ts";
import type { LabContext } from "./context.ts";

type Named = { Params: { nickname: string } };

const conflictsSchema = z.object({ member: nameSchema, after: z.coerce.number().int().min(0).default(0) });

export function addGroupRoutes(api: FastifyInstance, context: LabContext): void {
  const { store, groups } = context;
  api.get("/lab/groups", async () => ({
    groups: await Promise.all(store.groups.all().map((group) => groupView(context, group))),
  }));
  api.get<Named>(
    "/lab/groups/:nickname",
    async (request) => await groupView(context, requireGroup(context, request.params.nickname)),
  );
  api.get<Named>("/lab/groups/:nickname/conflicts", async (request) => {
    const { member, after } = parseInput(conflictsSchema, request.query);
    const group = requireGroup(context, request.params.nickname);
    if (!everyCache(group).includes(member)) {
      throw new LifeboatError("NOT_FOUND", `${member} is no member of ${group.nickname}`, { field: "member" });
    }
    return await groups.conflicts(member, after);
  });
  api.post<Named>("/lab/groups/:nickname/compare", async (request) => {
    const group = requireGroup(context, request.params.nickname);
    const { members = group.members.map(({ cache }) => cache), timeoutMs } = parseInput(
      compareRequestSchema,
      request.body ?? {},
    );
    const stranger = members.find((member) => !everyCache(group).includes(member));
    if (stranger !== undefined) {
      throw new LifeboatError("NOT_FOUND", `${stranger} is no member of ${group.nickname}`, { field: "members" });
    }
    return await compare(
      members.map((cache) => comparedMember(context, cache)),
      timeoutMs,
    );
  });
}

/** Members and those that were force-unlinked and are still there: both can be asked for their conflicts. */
function everyCache(group: GroupDoc): string[] {
  return [...group.members, ...group.former].map(({ cache }) => cache);
}

function comparedMember({ runtime }: LabContext, cache: string): ComparedMember {
  const { endpoint, password } = runtime.adminTarget(cache);
  return { cache, endpoint, username: cacheUsers.admin, password };
}

/** @throws NOT_FOUND */
function requireGroup({ store }: LabContext, nickname: string): GroupDoc {
  const group = store.groups.get(nickname);
  if (group === undefined) throw new LifeboatError("NOT_FOUND", `there is no group ${nickname}`);
  return group;
}

/** The group as the control plane ordered it, and what each member says of it now. */
async function groupView(context: LabContext, group: GroupDoc): Promise<GroupView> {
  const rowsOf = async (some: readonly { cache: string }[]): Promise<GroupView["members"]> =>
    (await Promise.all(some.map(({ cache }) => memberRow(context, cache)))).flat();
  const [members, former] = await Promise.all([rowsOf(group.members), rowsOf(group.former)]);
  return {
    nickname: group.nickname,
    epoch: group.epoch,
    totalLoss: group.totalLoss,
    members,
    former,
    at: stamp(),
  };
}

async function memberRow(context: LabContext, cache: string): Promise<GroupView["members"]> {
  const doc = context.store.caches.get(cache);
  if (doc === undefined) return [];
  const [running, view] = await Promise.all([context.runtime.refresh(doc), context.groups.view(cache)]);
  return [{ cache, region: doc.region, resourceId: databaseId(doc), running, view }];
}
