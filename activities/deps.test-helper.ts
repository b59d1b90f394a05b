import type { FastifyInstance } from "fastify";
import type { AddressInfo } from "node:net";
import { createApiClient, type ApiClient } from "../base/http-client.ts";
import { createApi } from "../base/http-server.ts";
import type { Stamp } from "../base/clocks.ts";
import type { ActivityDeps } from "./deps.ts";
import type { Drill } from "./drill-types.ts";

const TOKEN = "stub-token";

export const drill: Drill = { drillId: "d1", fencingToken: 7 };

export type Stub = { readonly client: ApiClient; readonly close: () => Promise<void> };

/** A real HTTP server that answers as a process of ours would, and a client of it. */
export async function startStub(addRoutes: (api: FastifyInstance) => void): Promise<Stub> {
  const api = createApi({ token: TOKEN });
  addRoutes(api);
  await api.listen({ host: "127.0.0.1", port: 0 });
  const { port } = api.server.address() as AddressInfo;
  const url = (): Promise<string> => Promise.resolve(`http://127.0.0.1:${port}`);
  return { client: createApiClient({ url, token: TOKEN, timeoutMs: 5000 }), close: () => api.close() };
}

/** A recorder that keeps what it is told, once per key. */
export async function startRecorderStub(): Promise<Stub & { readonly events: Map<string, Record<string, unknown>> }> {
  const events = new Map<string, Record<string, unknown>>();
  const stub = await startStub((api) => {
    api.post("/bundles/:id/events", (request) => {
      const body = request.body as { events: { key: string }[] };
      for (const event of body.events) if (!events.has(event.key)) events.set(event.key, event);
      return { count: events.size, head: "0" };
    });
  });
  return { ...stub, events };
}

/** Only what a test gives is there; anything else fails the test that touches it. */
export function depsWith(given: Partial<ActivityDeps>): ActivityDeps {
  return given as ActivityDeps;
}

/** The instant this many milliseconds after another one. */
export function later(from: Stamp, ms: number): Stamp {
  const monoNs = (BigInt(from.monoNs) + BigInt(Math.round(ms * 1e6))).toString();
  return { monoNs, utc: new Date(Date.parse(from.utc) + ms).toISOString() };
}
