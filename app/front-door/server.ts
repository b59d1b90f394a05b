import type { FastifyInstance } from "fastify";
import type { Http1Answer, Http1Request } from "../../base/http1/server.ts";
import type { Logger } from "../../base/log.ts";
import { createMixedApi } from "../mixed-api.ts";
import { addControl } from "./control.ts";
import { forward, type ForwardParts } from "./forward.ts";
import { createInFlight } from "./in-flight.ts";
import { createInstances } from "./instances.ts";
import { createPlacement } from "./placement.ts";
import { openState } from "./state.ts";

/** Longer than any client pauses between requests: closing a connection under a request would look like an outage. */
const KEEP_ALIVE_MS = 120_000;
const CONTROL = /^\/(?:routing|drain|instances|health)(?:[/?]|$)/;

export type FrontDoor = { readonly api: FastifyInstance; close(): Promise<void> };
type FrontDoorOptions = { readonly home: string; readonly token: string; readonly log: Logger };
type Requests = { served: number; failed: number };

/** Where users enter. `/routing`, `/drain` and `/instances` want the token; every other path is forwarded. */
export async function createFrontDoor(options: FrontDoorOptions): Promise<FrontDoor> {
  const state = await openState(options.home);
  const inFlight = createInFlight({
    currentVersion: () => state.get().version,
    lastOldVersionServedAt: state.get().lastOldVersionServedAt,
    settled: (lastOldVersionServedAt) => {
      state
        .change({ lastOldVersionServedAt })
        .catch((error: unknown) => options.log.error({ error }, "state not kept"));
    },
  });
  const instances = createInstances(state, options.token);
  const requests: Requests = { served: 0, failed: 0 };
  const placement = createPlacement({ state, instances, token: options.token, log: options.log });
  const parts: ForwardParts = { state, instances, inFlight, placement, token: options.token };
  const serve = async (request: Http1Request): Promise<Http1Answer> => {
    const answer = await forward(parts, request);
    if (answer.status < 500) requests.served += 1;
    else requests.failed += 1;
    return answer;
  };
  const { api, closeUserConnections } = createMixedApi({
    token: options.token,
    idleMs: KEEP_ALIVE_MS,
    isControl: (url) => CONTROL.test(url),
    serve,
  });
  addControl(api, { state, instances, inFlight, placement, requests, log: options.log });
  return {
    api,
    async close() {
      closeUserConnections();
      await api.close();
      placement.close();
      instances.close();
    },
  };
}
