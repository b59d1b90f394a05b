import type { RequestListener } from "node:http";
import type { FastifyInstance } from "fastify";
import { createApi } from "../base/http-server.ts";
import { createMixedServer, type Http1Answer, type Http1Request, type MixedServer } from "../base/http1/server.ts";

type MixedApi = { readonly api: FastifyInstance; readonly closeUserConnections: () => void };
type MixedApiOptions = {
  /** Of the control paths; users' requests are checked by `serve`. */
  readonly token: string;
  readonly isControl: (url: string) => boolean;
  /** Must not reject. */
  readonly serve: (request: Http1Request) => Promise<Http1Answer>;
  readonly idleMs: number;
};

/** A JSON API for operators and, on the same port, a lean server for the many requests of users. */
export function createMixedApi({ token, ...options }: MixedApiOptions): MixedApi {
  let mixed: MixedServer | undefined;
  const api = createApi({
    token,
    serverFactory(control) {
      mixed = createMixedServer({ ...options, control: control as RequestListener });
      return mixed.server;
    },
  });
  return { api, closeUserConnections: () => mixed?.closeUserConnections() };
}
