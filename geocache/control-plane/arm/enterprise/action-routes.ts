import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { newSecret } from "../../../../base/ids.ts";
import { withAdmin } from "../../../hosts/admin-connection.ts";
import { cacheUsers } from "../../../hosts/cache-host.ts";
import { secretsOf } from "../../cache-runtime.ts";
import type { EnterpriseCache, OperationDoc } from "../../model.ts";
import { a24OnlyByRecreation, a34JoinsExistingGroup } from "../../rules/relinking.ts";
import { refuseField } from "../../rules/refusal.ts";
import { refusalToForceUnlink } from "../../rules/unlinking.ts";
import { parseBody } from "../body.ts";
import type { ArmContext } from "../context.ts";
import { allow } from "../errors.ts";
import { DATABASE, databaseId, requireDatabase, withOperation } from "./context.ts";
import { flushSchema, forceLinkSchema, forceUnlinkSchema, regenerateSchema } from "./database-request.ts";
import { memberPorts } from "./database-routes.ts";
import { allowToJoin, memberWithId } from "./group-requests.ts";
import { busy, viewsOf } from "./leaving.ts";

const REDIS_TIMEOUT_MS = 2000;

export function addActionRoutes(arm: FastifyInstance, context: ArmContext): void {
  arm.post(`${DATABASE}/listKeys`, (request) => keysOf(context, requireDatabase(context, request)));
  arm.post(`${DATABASE}/regenerateKey`, async (request) => {
    parseBody(regenerateSchema, request.body);
    return await regenerate(context, requireDatabase(context, request));
  });
  arm.post(`${DATABASE}/forceUnlink`, (request, reply) => forceUnlink(context, request, reply));
  arm.post(`${DATABASE}/forceLinkToReplicationGroup`, (request, reply) => forceLink(context, request, reply));
  arm.post(`${DATABASE}/flush`, (request, reply) => flush(context, request, reply));
}

function keysOf({ store }: ArmContext, { name }: EnterpriseCache) {
  const { clientPassword } = secretsOf(store, name);
  return { primaryKey: clientPassword, secondaryKey: clientPassword };
}

/** There is one key, shown as both; a new one holds at once. */
async function regenerate(context: ArmContext, doc: EnterpriseCache) {
  const secrets = { ...secretsOf(context.store, doc.name), clientPassword: newSecret() };
  await withAdmin(context.runtime.adminTarget(doc.name), REDIS_TIMEOUT_MS, (redis) =>
    redis.acl("SETUSER", cacheUsers.client, "resetpass", `>${secrets.clientPassword}`),
  );
  context.store.keys.put(doc.name, secrets);
  return keysOf(context, doc);
}

async function forceUnlink(context: ArmContext, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { store, operations } = context;
  const own = requireDatabase(context, request);
  const { ids } = parseBody(forceUnlinkSchema, request.body);
  const group = own.group === null ? undefined : store.groups.get(own.group);
  const target = memberWithId(context, group, ids[0] ?? "");
  // A repeated request, as clients send it after a 503, finds it done.
  const isDone = ids.length === 1 && group?.former.some((one) => one.cache === target) === true;
  if (!isDone) {
    const views = await viewsOf(context, group, (cache) => cache === own.name);
    const now = own.group === null ? undefined : store.groups.get(own.group);
    allow(refusalToForceUnlink({ own: own.name, ids, target, group: now, views }));
  }
  const operation = operations.begin({ kind: "force-unlink", subject: own.name, peer: target ?? null });
  return accepted(reply, request, { own, operation });
}

async function forceLink(context: ArmContext, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const { store, operations, profile } = context;
  const own = requireDatabase(context, request);
  const { groupNickname: nickname, linkedDatabases } = parseBody(forceLinkSchema, request.body).geoReplication;
  const groupOfOwn = own.group === null ? undefined : store.groups.get(own.group);
  const asked = { profile, own, nickname, groupOfOwn };
  allow(a24OnlyByRecreation(asked) ?? a34JoinsExistingGroup(asked));
  if (own.provisioningState !== "Succeeded") throw busy(own);
  if (!store.groups.get(nickname)) {
    allow(refuseField("A34", "geoReplication.groupNickname", `'${nickname}' must be a group that exists.`));
  }
  const joiner = { ...own, group: nickname, ports: own.ports ?? (await memberPorts()) };
  const lookAgain = await allowToJoin(context, joiner, { groupNickname: nickname, linkedDatabases });
  lookAgain();
  const now = requireDatabase(context, request);
  if (now.provisioningState !== "Succeeded") throw busy(now);
  store.caches.put(own.name, { ...now, group: nickname, ports: joiner.ports, provisioningState: "Updating" });
  const operation = operations.begin({ kind: "force-link", subject: own.name, peer: null });
  return accepted(reply, request, { own, operation });
}

function flush(context: ArmContext, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const { store, operations } = context;
  const own = requireDatabase(context, request);
  const { ids = [] } = parseBody(flushSchema, request.body ?? {});
  const group = own.group === null ? undefined : store.groups.get(own.group);
  const at = ids.findIndex((id) => memberWithId(context, group, id) === undefined);
  if (at >= 0) allow(refuseField("A12", `ids[${at}]`, `'${ids[at] ?? ""}' must be the id of a linked database.`));
  if (own.provisioningState !== "Succeeded") throw busy(own);
  const operation = operations.begin({ kind: "flush", subject: own.name, peer: null });
  return accepted(reply, request, { own, operation });
}

type Accepted = { readonly own: EnterpriseCache; readonly operation: OperationDoc };

/** As recorded of the real service. */
function accepted(reply: FastifyReply, request: FastifyRequest, { own, operation }: Accepted): FastifyReply {
  return withOperation(reply, request, { operation, resource: databaseId(own) })
    .status(202)
    .send({ StatusCode: 202 });
}
