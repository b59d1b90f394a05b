import { timingSafeEqual } from "node:crypto";
import fastify, {
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  type FastifyServerFactory,
} from "fastify";
import type { z } from "zod";
import { errorCatalogue, isLifeboatError, LifeboatError, messageOf } from "./errors.ts";
import { startKeeperGuard } from "./keeper-guard.ts";
import { listenAgain } from "./listen.ts";
import { register, unregister } from "./registration.ts";
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
 * Listens on loopback, on its former port while that is free, and registers the process, which from then on guards
 * the keeper. @throws CONFLICT when a live process of that name serves already
 */
export async function serveRegistered(api: FastifyInstance, options: ServeOptions): Promise<string> {
  const { home, name } = options;
  if (name !== "keeper") {
    const guard = startKeeperGuard({ home });
    api.addHook("onClose", () => guard.stop());
  }
  const url = await listenAgain(api, { home, name });
  const self = identityOf(process.pid);
  await register(home, {
    name,
    pid: process.pid,
    startedAt: self?.startedAt ?? "",
    url,
    logFile: options.logFile ?? process.env["LIFEBOAT_LOG_FILE"] ?? null,
  });
  return url;
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
