import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { errors } from "undici";
import { errorCatalogue, messageOf, type ErrorCode } from "../../base/errors.ts";
import { NOT_WRITTEN_HEADER } from "../../contracts/app.ts";
import { servedByHeaders, USER_REGION_HEADER } from "../../contracts/routing.ts";
import { exchange, NotSentError } from "./exchange.ts";
import type { InFlight } from "./in-flight.ts";
import { isFull, type Instance, type Instances } from "./instances.ts";
import type { State, StateStore } from "./state.ts";

/** From a request's arrival here to the whole of its answer, connecting included. */
const ANSWER_TIMEOUT_MS = 600;
const MISDIRECTED = 421;
const HOP_BY_HOP = new Set(["connection", "keep-alive", "transfer-encoding", "date"]);

export type Answer = {
  readonly status: number;
  readonly headers: Record<string, string | string[]>;
  readonly body: Buffer | string;
};

export type ForwardParts = {
  readonly state: StateStore;
  readonly instances: Instances;
  readonly inFlight: InFlight;
  readonly token: string;
};

type UserRequest = { readonly message: IncomingMessage; readonly body: Buffer };
type Route = { readonly state: State; readonly instance: Instance };

/** Serves one request of a user by the table in force at this moment. Never rejects. */
export async function forward(parts: ForwardParts, request: UserRequest): Promise<Answer> {
  const route = routeFor(parts, request.message);
  if ("status" in route) return route;
  const done = parts.inFlight.begin({ version: route.state.version, isWrite: isWrite(request.message) });
  const answer = await ask(parts, route, request).finally(done);
  // The switch overtook this request on its way: nothing was done, and the new table knows who serves it.
  const overtaken = answer.status === MISDIRECTED && parts.state.get().version > route.state.version;
  return overtaken ? forward(parts, request) : answer;
}

function routeFor(parts: ForwardParts, message: IncomingMessage): Route | Answer {
  const state = parts.state.get();
  if (state.version === 0) return refusal("UNAVAILABLE", "the front door has no routing table yet", state);
  const from = message.headers[USER_REGION_HEADER];
  const region = typeof from === "string" ? state.table.users[from] : undefined;
  if (region === undefined) {
    return refusal("BAD_INPUT", `header ${USER_REGION_HEADER} must name a region of the routing table`, state);
  }
  if (state.draining && isWrite(message)) return refusal("UNAVAILABLE", "draining: writes are held back", state);
  const instance = parts.instances.ofRegion(region);
  if (!instance) return refusal("UNAVAILABLE", `region ${region} has no instance`, state);
  if (isFull(instance)) return refusal("UNAVAILABLE", `too many requests wait for ${instance.name}`, state);
  return { state, instance };
}

/** Nothing was sent on. */
function refusal(code: ErrorCode, message: string, state: State): Answer {
  const answer = failure(code, message, state);
  return { ...answer, headers: { ...answer.headers, [NOT_WRITTEN_HEADER]: "1" } };
}

function failure(code: ErrorCode, message: string, state: State): Answer {
  return {
    status: errorCatalogue[code].httpStatus,
    headers: { "content-type": "application/json", [servedByHeaders.routingVersion]: String(state.version) },
    body: JSON.stringify({ error: { code, message } }),
  };
}

function isWrite(message: IncomingMessage): boolean {
  return message.method !== "GET" && message.method !== "HEAD";
}

async function ask(parts: ForwardParts, route: Route, request: UserRequest): Promise<Answer> {
  const { state, instance } = route;
  instance.inFlight += 1;
  try {
    const response = await exchange(
      instance.pool,
      {
        path: request.message.url ?? "/",
        method: request.message.method ?? "GET",
        headers: forwardedHeaders(request.message.headers, parts.token, state.version),
        body: request.body.length === 0 ? null : request.body,
      },
      ANSWER_TIMEOUT_MS,
    );
    instance.answered += 1;
    return { status: response.status, headers: returnedHeaders(response.headers), body: response.body };
  } catch (error) {
    instance.unanswered += 1;
    const message = `${instance.name} did not answer: ${messageOf(error)}`;
    return surelyNotSent(error) ? refusal("UNAVAILABLE", message, state) : failure("UNAVAILABLE", message, state);
  } finally {
    instance.inFlight -= 1;
  }
}

function surelyNotSent(error: unknown): boolean {
  if (error instanceof NotSentError || error instanceof errors.ConnectTimeoutError) return true;
  return (error as NodeJS.ErrnoException).code === "ECONNREFUSED";
}

function forwardedHeaders(headers: IncomingHttpHeaders, token: string, version: number): Record<string, string> {
  const type = headers["content-type"];
  return {
    authorization: `Bearer ${token}`,
    [servedByHeaders.routingVersion]: String(version),
    ...(type === undefined ? {} : { "content-type": type }),
  };
}

function returnedHeaders(headers: IncomingHttpHeaders): Record<string, string | string[]> {
  const kept: Record<string, string | string[]> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined && !HOP_BY_HOP.has(name)) kept[name] = value;
  }
  return kept;
}
