import { timingSafeEqual } from "node:crypto";
import { LifeboatError, isLifeboatError, messageOf } from "../../base/errors.ts";
import type { Http1Answer, Http1Request } from "../../base/http1/server.ts";
import { NOT_WRITTEN_HEADER } from "../../contracts/app.ts";
import { errorAnswer, jsonAnswer } from "../answers.ts";
import { isOutOfMemory, surelyNotWritten } from "./caches.ts";
import { functionsOf } from "./functions.ts";
import { admit, type Admitted, type RoutingParts } from "./routing-routes.ts";

/**
 * Serves the requests of users, which all come through the front door. A cache that cannot be used gives 503,
 * quickly. Every answer says which region, cache and routing version served it.
 */
export function userServer(parts: RoutingParts): (request: Http1Request) => Promise<Http1Answer> {
  const functions = functionsOf(parts.config);
  const bearer = Buffer.from(`Bearer ${parts.config.routingToken}`);

  async function perform(request: Http1Request, admitted: Admitted): Promise<Http1Answer> {
    const { path, query } = splitUrl(request.url);
    const [name = "", ...args] = path;
    const act = functions.get(`${request.method} ${name}`);
    if (!act) throw new LifeboatError("NOT_FOUND", `no such path: ${request.method} ${request.url}`);
    const cache = parts.caches.client(admitted.cache);
    const { status = 200, value } = await act({ cache, args, query, body: request.body });
    return jsonAnswer(status, value, admitted.headers);
  }
  return async (request) => {
    if (!isFrontDoor(request, bearer)) {
      return errorAnswer(new LifeboatError("UNAUTHORISED", "the bearer token is missing or unknown"));
    }
    const admitted = await admit(parts, request);
    if ("status" in admitted) return admitted;
    return perform(request, admitted).catch((error: unknown) => failure(error, admitted));
  };
}

function failure(error: unknown, { headers }: Admitted): Http1Answer {
  if (isLifeboatError(error)) return errorAnswer(error, headers);
  const notWritten = surelyNotWritten(error) ? { [NOT_WRITTEN_HEADER]: "1" } : {};
  const code = isOutOfMemory(error) ? "OOM" : "UNAVAILABLE";
  return errorAnswer(new LifeboatError(code, messageOf(error), { cause: error }), { ...headers, ...notWritten });
}

function isFrontDoor(request: Http1Request, bearer: Buffer): boolean {
  const given = Buffer.from(request.headers.get("authorization") ?? "");
  return given.length === bearer.length && timingSafeEqual(given, bearer);
}

const noQuery = new URLSearchParams();

function splitUrl(url: string): { path: string[]; query: URLSearchParams } {
  const at = url.indexOf("?");
  const path = (at < 0 ? url : url.slice(0, at)).slice(1).split("/");
  try {
    const decoded = url.includes("%") ? path.map(decodeURIComponent) : path;
    return { path: decoded, query: at < 0 ? noQuery : new URLSearchParams(url.slice(at + 1)) };
  } catch {
    throw new LifeboatError("BAD_INPUT", "malformed escape in the path", { field: "path" });
  }
}
