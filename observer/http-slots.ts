import { Client } from "undici";

export type HttpRequest = {
  readonly method: "GET" | "PUT" | "POST";
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
};

export type HttpEnd =
  | { readonly kind: "answer"; readonly status: number; readonly headers: Readonly<Record<string, unknown>> }
  | { readonly kind: "failed"; readonly error: Error };

export type HttpAttempt = {
  /** Whether a byte of the request can have left: false while its connection is not made. */
  wasSent(): boolean;
  /** Drops request and connection; `done` is not called any more. */
  abandon(): void;
};

export type HttpSlots = {
  send(request: HttpRequest, done: (end: HttpEnd) => void): HttpAttempt;
  close(): Promise<void>;
};

/** Idle connections beyond these are closed: a freeze opens many that nobody needs afterwards. */
const maxIdleSlots = 64;
/** Shorter than any usual server's keep-alive, so that no request meets a connection that is just being closed. */
const keepAliveMs = 1000;

/**
 * HTTP/1.1 with keep-alive, one request per connection at a time, the last used connection first.
 * A pool that lets the caller give up a request in any state, its connection's handshake included.
 */
export function createHttpSlots(origin: string, connectTimeoutMs: number): HttpSlots {
  const idle: Client[] = [];
  const busy = new Set<Client>();

  function take(): Client {
    const client = idle.pop() ?? openClient(origin, connectTimeoutMs);
    busy.add(client);
    return client;
  }
  function drop(client: Client): void {
    busy.delete(client);
    client.destroy().catch(() => undefined);
  }
  function release(client: Client): void {
    if (idle.length >= maxIdleSlots) return drop(client);
    busy.delete(client);
    idle.push(client);
  }
  return {
    send(request, done) {
      const client = take();
      return dispatch(client, request, (end) => {
        if (end === "abandoned" || end.kind === "failed") drop(client);
        else release(client);
        if (end !== "abandoned") done(end);
      });
    },
    async close() {
      await Promise.allSettled([...idle, ...busy].map((client) => client.destroy()));
    },
  };
}

function openClient(origin: string, connectTimeoutMs: number): Client {
  return new Client(origin, {
    pipelining: 1,
    connect: { timeout: connectTimeoutMs, autoSelectFamily: false },
    keepAliveTimeout: keepAliveMs,
    keepAliveMaxTimeout: keepAliveMs,
    // The time-out of a request is its sender's: the answer may be awaited for longer.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
}

function dispatch(client: Client, request: HttpRequest, end: (end: HttpEnd | "abandoned") => void): HttpAttempt {
  let sent = false;
  let ended = false;
  let status = 0;
  let headers: Readonly<Record<string, unknown>> = {};
  const finish = (how: HttpEnd | "abandoned"): void => {
    if (ended) return;
    ended = true;
    end(how);
  };
  client.dispatch(
    { method: request.method, path: request.path, headers: request.headers },
    {
      onRequestStart: () => {
        sent = true;
      },
      onResponseStart: (_controller, code, received) => {
        status = code;
        headers = received;
      },
      onResponseData: () => undefined,
      // The client is free only after this callback has returned.
      onResponseEnd: () => queueMicrotask(() => finish({ kind: "answer", status, headers })),
      onResponseError: (_controller, error) => finish({ kind: "failed", error }),
    },
  );
  return { wasSent: () => sent, abandon: () => finish("abandoned") };
}
