import { timingSafeEqual } from "node:crypto";
import fastify, {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type FastifyServerFactory,
} from "fastify";
import type { z } from "zod";
import { errorCatalogue, isLifeboatError, LifeboatError, messageOf } from "./errors.ts";
import { register, readRegistration, unregister } from "./registration.ts";
import { identityOf } from "./processes.ts";
import { catalogueCodeOf } from "./http-errors.ts";

export type ApiOptions = {
  readonly token: string;
  readonly bodyLimitBytes?: number;
  /** Lets a process serve other paths, without a token, from the same port. */
  readonly serverFactory?: FastifyServerFactory;
};

/**
 * A JSON API on loopback: bearer token on every path but `/health`, errors as `{error:{code,message,field?,hint?}}`.
 */
export function createApi(options: ApiOptions): FastifyInstance {
  const api = fastify({
    logger: false,
    bodyLimit: options.bodyLimitBytes ?? 1_048_576,
    forceCloseConnections: true,
    ...(options.serverFactory ? { serverFactory: options.serverFactory } : {}),
  });
  api.get("/health", () => ({ ok: true, pid: process.pid }));
  api.addHook("onRequest", async (request) => requireToken(request, options.token));
  api.setErrorHandler((error, _request, reply) => sendError(error, reply));
  api.setNotFoundHandler((request, reply) =>
    sendError(new LifeboatError("NOT_FOUND", `no such path: ${request.method} ${request.url}`), reply),
  );
  return api;
}

function requireToken(request: FastifyRequest, token: string): void {
  if (request.url === "/health") return;
  const given = Buffer.from(request.headers.authorization ?? "");
  const wanted = Buffer.from(`Bearer ${token}`);
  if (given.length === wanted.length && timingSafeEqual(given, wanted)) return;
  throw new LifeboatError("UNAUTHORISED", "the bearer token is missing or unknown");
}

function sendError(error: unknown, reply: FastifyReply): FastifyReply {
  const known = isLifeboatError(error) ? error : fromFastify(error);
  return reply.status(errorCatalogue[known.code].httpStatus).send({
    error: { code: known.code, message: known.message, field: known.field, hint: known.hint },
  });
}

function fromFastify(error: unknown): LifeboatError {
  const status = (error as { statusCode?: number }).statusCode;
  const code = catalogueCodeOf(error) ?? (status !== undefined && status < 500 ? "BAD_INPUT" : "INTERNAL");
  return new LifeboatError(code, messageOf(error), { cause: error });
}

/** Parses a request's input. @throws BAD_INPUT naming the first offending field and what would be right. */
export function parseInput<T>(schema: z.ZodType<T>, input: unknown): T {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const field = issue?.path.join(".") || "(whole input)";
  throw new LifeboatError("BAD_INPUT", `${field}: ${issue?.message ?? "is not valid"}`, { field });
}

export type ServeOptions = { readonly home: string; readonly name: string; readonly logFile?: string };

/**
 * Listens on loopback and registers the process. A restarted process takes its old port again, so that
 * whoever holds the address keeps it. @throws PORT_TAKEN
 */
export async function serveRegistered(api: FastifyInstance, options: ServeOptions): Promise<string> {
  const former = await readRegistration(options.home, options.name);
  const port = former?.url ? Number(new URL(former.url).port) : 0;
  const url = await listen(api, port);
  const self = identityOf(process.pid);
  await register(options.home, {
    name: options.name,
    pid: process.pid,
    startedAt: self?.startedAt ?? "",
    url,
    logFile: options.logFile ?? process.env["LIFEBOAT_LOG_FILE"] ?? null,
  });
  return url;
}

async function listen(api: FastifyInstance, port: number): Promise<string> {
  try {
    return await api.listen({ host: "127.0.0.1", port });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    throw new LifeboatError("PORT_TAKEN", `port ${port} is taken by another program`, { cause: error });
  }
}

/** Ends the process on SIGTERM or SIGINT after `close`, and in any case after five seconds. */
export function closeOnSignal(options: ServeOptions, close: () => Promise<void>): void {
  const end = (): void => {
    setTimeout(() => process.exit(1), 5000).unref();
    void close()
      .then(() => unregister(options.home, options.name))
      .finally(() => process.exit(0));
  };
  process.once("SIGTERM", end);
  process.once("SIGINT", end);
}
