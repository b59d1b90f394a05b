import { timingSafeEqual } from "node:crypto";
import type { FastifyRequest } from "fastify";
import type { Credentials } from "../../../base/credentials.ts";
import { ArmError } from "./errors.ts";

export type ArmCredentials = Pick<Credentials, "arm" | "armOperator">;

/** What only an owner may do: it discards data or changes who replicates to whom (A13, A34, G14). */
const ownersActions = [
  { method: "DELETE", path: /\/redis\/[^/]+$/i, action: "redis/delete" },
  { method: "POST", path: /\/redis\/[^/]+\/forceReboot$/i, action: "redis/forceReboot/action" },
  { method: "PUT", path: /\/linkedServers\/[^/]+$/i, action: "redis/linkedServers/write" },
  { method: "DELETE", path: /\/linkedServers\/[^/]+$/i, action: "redis/linkedServers/delete" },
  { method: "DELETE", path: /\/redisEnterprise\/[^/]+$/i, action: "redisEnterprise/delete" },
  { method: "PUT", path: /\/databases\/[^/]+$/i, action: "redisEnterprise/databases/write" },
  { method: "DELETE", path: /\/databases\/[^/]+$/i, action: "redisEnterprise/databases/delete" },
  ...["flush", "forceUnlink", "forceLinkToReplicationGroup"].map((name) => ({
    method: "POST",
    path: new RegExp(`/databases/[^/]+/${name}$`, "i"),
    action: `redisEnterprise/databases/${name}/action`,
  })),
];

/** @throws ArmError 401 for a stranger, 403 for an operator who asks for what only an owner may do */
export function requireRight(request: FastifyRequest, credentials: ArmCredentials): void {
  if (isBearer(request, credentials.arm)) return;
  if (!isBearer(request, credentials.armOperator)) throw stranger(request);
  const scope = request.url.split("?")[0] ?? "";
  const found = ownersActions.find(({ method, path }) => method === request.method && path.test(scope));
  if (found === undefined) return;
  const action = `Microsoft.Cache/${found.action}`;
  const message = `The client does not have authorization to perform action '${action}' over scope '${scope}' (A13).`;
  throw new ArmError(403, "AuthorizationFailed", { message });
}

function isBearer(request: FastifyRequest, token: string): boolean {
  const given = Buffer.from(request.headers.authorization ?? "");
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

function stranger(request: FastifyRequest): ArmError {
  const missing = (request.headers.authorization ?? "") === "";
  const code = missing ? "AuthenticationFailed" : "InvalidAuthenticationToken";
  const message = missing ? "Authentication failed. No token was given." : "The access token is invalid.";
  return new ArmError(401, code, { message });
}
