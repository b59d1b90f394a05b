import { LifeboatError, messageOf, type ErrorCode } from "../../base/errors.ts";
import type { Headers } from "../../base/http1/head.ts";
import type { Http1Answer, Http1Request } from "../../base/http1/server.ts";
import { NOT_WRITTEN_HEADER } from "../../contracts/app.ts";
import { servedByHeaders, USER_REGION_HEADER } from "../../contracts/routing.ts";
import { errorAnswer } from "../answers.ts";
import { exchange, NoAnswerError } from "./exchange.ts";
import type { InFlight } from "./in-flight.ts";
import { isFull, type Instance, type Instances } from "./instances.ts";
import type { Placement } from "./placement.ts";
import type { State, StateStore } from "./state.ts";

/** From a request's arrival here to the whole of its answer, connecting included. */
const ANSWER_TIMEOUT_MS = 600;
const MISDIRECTED = 421;
/** The length is counted anew, and the rest speaks of one connection only. */
const HOP_BY_HOP = new Set(["connection", "content-length", "keep-alive", "transfer-encoding", "date"]);

export type ForwardParts = {
  readonly state: StateStore;
  readonly instances: Instances;
  readonly inFlight: InFlight;
  readonly placement: Pick<Placement, "regionFor">;
  readonly token: string;
};

type Route = { readonly state: State; readonly instance: Instance };

/** Serves one request of a user by the table in force at this moment. Never rejects. */
export async function forward(parts: ForwardParts, request: Http1Request): Promise<Http1Answer> {
  const route = routeFor(parts, request);
  if ("status" in route) return route;
  const done = parts.inFlight.begin({ version: route.state.version, isWrite: isWrite(request) });
  const answer = await ask(parts, route, request);
  done();
  // The switch overtook this request on its way: nothing was done, and the new table knows who serves it.
  const overtaken = answer.status === MISDIRECTED && parts.state.get().version > route.state.version;
  return overtaken ? forward(parts, request) : answer;
}

function routeFor(parts: ForwardParts, request: Http1Request): Route | Http1Answer {
  const state = parts.state.get();
  if (state.version === 0) return refusal("UNAVAILABLE", "the front door has no routing table yet", state);
  const from = request.headers.get(USER_REGION_HEADER);
  const region = from === undefined ? undefined : parts.placement.regionFor(from);
  if (region === undefined) {
    return refusal("BAD_INPUT", `header ${USER_REGION_HEADER} must name a region of the routing table`, state);
  }
  if (state.draining && isWrite(request)) return refusal("UNAVAILABLE", "draining: writes are held back", state);
  const instance = parts.instances.ofRegion(region);
  if (!instance) return refusal("UNAVAILABLE", `region ${region} has no instance`, state);
  if (isFull(instance)) return refusal("UNAVAILABLE", `too many requests wait for ${instance.name}`, state);
  if (!instance.health.mayTry()) return refusal("UNAVAILABLE", `${instance.name} has stopped answering`, state);
  return { state, instance };
}

/** Nothing was sent on. */
function refusal(code: ErrorCode, message: string, state: State): Http1Answer {
  return failure(code, message, { ...versionOf(state), [NOT_WRITTEN_HEADER]: "1" });
}

function failure(code: ErrorCode, message: string, headers: Record<string, string>): Http1Answer {
  return errorAnswer(new LifeboatError(code, message), headers);
}

function versionOf(state: State): Record<string, string> {
  return { [servedByHeaders.routingVersion]: String(state.version) };
}

function isWrite({ method }: Http1Request): boolean {
  return method !== "GET" && method !== "HEAD";
}

async function ask(parts: ForwardParts, route: Route, request: Http1Request): Promise<Http1Answer> {
  const { state, instance } = route;
  instance.inFlight += 1;
  try {
    const { method, url: path, body } = request;
    const headers = forwardedHeaders(request.headers, parts.token, state.version);
    const answer = await exchange(instance.slots, { method, path, headers, body }, ANSWER_TIMEOUT_MS);
    instance.answered += 1;
    instance.health.answered();
    return { status: answer.status, headers: returnedHeaders(answer.headers), body: answer.body };
  } catch (error) {
    instance.unanswered += 1;
    instance.health.failed();
    const message = `${instance.name} did not answer: ${messageOf(error)}`;
    const sent = !(error instanceof NoAnswerError) || error.wasSent;
    return sent ? failure("UNAVAILABLE", message, versionOf(state)) : refusal("UNAVAILABLE", message, state);
  } finally {
    instance.inFlight -= 1;
  }
}

function forwardedHeaders(headers: Headers, token: string, version: number): Record<string, string> {
  const type = headers.get("content-type");
  return {
    authorization: `Bearer ${token}`,
    [servedByHeaders.routingVersion]: String(version),
    ...(type === undefined ? {} : { "content-type": type }),
  };
}

function returnedHeaders(headers: Headers): Record<string, string> {
  const kept: Record<string, string> = {};
  for (const [name, value] of headers) if (!HOP_BY_HOP.has(name)) kept[name] = value;
  return kept;
}
