import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import type { FastifyInstance } from "fastify";
import { createApi } from "../../base/http-server.ts";
import type { Logger } from "../../base/log.ts";
import { addControl } from "./control.ts";
import { forward, type Answer, type ForwardParts } from "./forward.ts";
import { createInFlight } from "./in-flight.ts";
import { createInstances } from "./instances.ts";
import { openState } from "./state.ts";

/** Longer than any client pauses between requests: closing a connection under a request would look like an outage. */
const KEEP_ALIVE_MS = 120_000;
const MOST_BODY_BYTES = 1_048_576;
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
  const parts: ForwardParts = { state, instances, inFlight, token: options.token };
  const serveUser = (request: IncomingMessage, response: ServerResponse): void => {
    void answerUser(parts, requests, { request, response });
  };
  const api = createApi({
    token: options.token,
    serverFactory: (control) =>
      createServer({ keepAliveTimeout: KEEP_ALIVE_MS }, byPath(control as RequestListener, serveUser)),
  });
  addControl(api, { state, instances, inFlight, requests, log: options.log });
  return {
    api,
    async close() {
      await api.close();
      await instances.close();
    },
  };
}

function byPath(control: RequestListener, serveUser: RequestListener): RequestListener {
  return (request, response) => (CONTROL.test(request.url ?? "") ? control : serveUser)(request, response);
}

type Exchange = { readonly request: IncomingMessage; readonly response: ServerResponse };

async function answerUser(parts: ForwardParts, requests: Requests, { request, response }: Exchange): Promise<void> {
  try {
    const body = await readBody(request);
    const answer = body ? await forward(parts, { message: request, body }) : tooLarge;
    if (answer.status < 500) requests.served += 1;
    else requests.failed += 1;
    response.writeHead(answer.status, answer.headers).end(answer.body);
  } catch {
    // The user went away in the middle of the request.
    response.destroy();
  }
}

const tooLarge: Answer = {
  status: 413,
  headers: { "content-type": "application/json", connection: "close" },
  body: JSON.stringify({ error: { code: "BAD_INPUT", message: `a body has at most ${MOST_BODY_BYTES} bytes` } }),
};

/** The whole body, or undefined when it is too large. */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const { "content-length": length, "transfer-encoding": encoding } = request.headers;
  if ((length === undefined || length === "0") && encoding === undefined) return Buffer.alloc(0);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MOST_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
