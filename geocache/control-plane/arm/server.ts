import { randomUUID } from "node:crypto";
import https from "node:https";
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { listenAgain } from "../../../base/listen.ts";
import { register } from "../../../base/registration.ts";
import { identityOf } from "../../../base/processes.ts";
import type { ServerCertificate } from "../certificates.ts";
import { addCacheRoutes } from "./cache-routes.ts";
import type { ArmContext } from "./context.ts";
import { addActionRoutes } from "./enterprise/action-routes.ts";
import { addClusterRoutes } from "./enterprise/cluster-routes.ts";
import { addDatabaseRoutes } from "./enterprise/database-routes.ts";
import { ArmError, sendArmError } from "./errors.ts";
import { addLinkRoutes } from "./link-routes.ts";
import { requireRight, type ArmCredentials } from "./rights.ts";
import { addOperationRoutes } from "./operation-routes.ts";

export type ArmOptions = { readonly credentials: ArmCredentials; readonly certificate: ServerCertificate };

/** The ARM surface of `Microsoft.Cache/redis` and `…/redisEnterprise`: same paths, bodies, headers and refusals as the real service. */
export function createArm(context: ArmContext, options: ArmOptions): FastifyInstance {
  const tls = { key: options.certificate.keyPem, cert: options.certificate.certPem };
  const arm = fastify({
    logger: false,
    forceCloseConnections: true,
    // ARM compares paths without regard to case.
    routerOptions: { caseSensitive: false },
    serverFactory: (handler) => https.createServer(tls, handler),
    frameworkErrors: (error, _request, reply) => void sendArmError(error, reply),
  });
  arm.addHook("onRequest", async (request, reply) => {
    nameRequest(request, reply);
    requireRight(request, options.credentials);
    requireApiVersion(request);
  });
  arm.setErrorHandler((error, _request, reply) => sendArmError(error, reply));
  arm.setNotFoundHandler((request, reply) =>
    sendArmError(new ArmError(404, "InvalidResourceType", { message: `No such resource: ${request.url}` }), reply),
  );
  // ARM's POST actions come with a JSON content type and no body.
  arm.addContentTypeParser("application/json", { parseAs: "string" }, (_request, body, done) => {
    try {
      done(null, body === "" ? undefined : JSON.parse(String(body)));
    } catch {
      const message = "The request content is not valid JSON.";
      done(new ArmError(400, "InvalidRequestContent", { message, target: "body" }), undefined);
    }
  });
  addCacheRoutes(arm, context);
  addLinkRoutes(arm, context);
  addClusterRoutes(arm, context);
  addDatabaseRoutes(arm, context);
  addActionRoutes(arm, context);
  addOperationRoutes(arm, context);
  return arm;
}

function nameRequest(request: FastifyRequest, reply: FastifyReply): void {
  const id = randomUUID();
  void reply.header("x-ms-request-id", id);
  void reply.header("x-ms-correlation-request-id", request.headers["x-ms-correlation-request-id"] ?? id);
  void reply.header("x-ms-routing-request-id", `LOCAL:${id}`);
}

function requireApiVersion(request: FastifyRequest): void {
  if ((request.query as Record<string, string>)["api-version"]) return;
  const message = "The api-version query parameter (?api-version=) is required.";
  throw new ArmError(400, "MissingApiVersionParameter", { message, target: "api-version" });
}

/** Listens on loopback, on its former port where there was one, and registers as `geocache-arm`. */
export async function serveArm(arm: FastifyInstance, home: string): Promise<string> {
  const name = "geocache-arm";
  const address = await listenAgain(arm, { home, name });
  // A host name rather than an address: SDKs and `az` compare it with the certificate.
  const url = `https://localhost:${new URL(address).port}`;
  const startedAt = identityOf(process.pid)?.startedAt ?? "";
  const logFile = process.env["LIFEBOAT_LOG_FILE"] ?? null;
  await register(home, { name, pid: process.pid, startedAt, url, logFile });
  return url;
}
