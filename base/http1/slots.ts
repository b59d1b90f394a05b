import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import { LifeboatError } from "../errors.ts";
import { listsWord, type Headers } from "./head.ts";
import { createMessageReader, statusOf, type Message } from "./message-reader.ts";

export type HttpRequest = {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Buffer;
};

export type HttpEnd =
  | { readonly kind: "answer"; readonly status: number; readonly headers: Headers; readonly body: Buffer }
  | { readonly kind: "failed"; readonly error: Error };

export type HttpAttempt = {
  /** Whether a byte of the request can have left: false while its connection is not made. */
  wasSent(): boolean;
  /** Drops request and connection; `done` is not called any more. */
  abandon(): void;
};

export type SlotsOptions = {
  readonly connectTimeoutMs: number;
  /** Connections idle for longer are closed: shorter than the server's keep-alive, or a request meets its end. */
  readonly idleMs: number;
};

export type HttpSlots = {
  /** `done` is called once, and never before `send` has returned. */
  send(request: HttpRequest, done: (end: HttpEnd) => void): HttpAttempt;
  /** Ends all connections; requests under way end as failed. */
  close(): void;
};

type Slot = {
  readonly attempt: (request: HttpRequest, done: (end: HttpEnd) => void) => HttpAttempt;
  readonly destroy: () => void;
  idleSinceMs: number;
};

/** Idle connections beyond these are closed at once. A stall opens many; opening them anew at the next would be dear. */
const mostIdle = 256;
const mostBodyBytes = 8_388_608;

/**
 * HTTP/1.1 with keep-alive, one request per connection at a time, the last used connection first.
 * A pool that lets the caller give up a request in any state, its connection's handshake included; far cheaper than
 * a general client, because a prober that costs much CPU delays what it measures (adr/0005).
 */
export function createHttpSlots(origin: string, { connectTimeoutMs, idleMs }: SlotsOptions): HttpSlots {
  const idle: Slot[] = [];
  const all = new Set<Slot>();

  function take(): Slot {
    const nowMs = performance.now();
    while (idle[0] && nowMs - idle[0].idleSinceMs > idleMs) idle.shift()?.destroy();
    return idle.pop() ?? open();
  }
  function open(): Slot {
    const slot = openSlot({
      url: new URL(origin),
      connectTimeoutMs,
      onFree() {
        if (idle.length >= mostIdle) return slot.destroy();
        slot.idleSinceMs = performance.now();
        idle.push(slot);
      },
      onClosed() {
        all.delete(slot);
        const at = idle.indexOf(slot);
        if (at >= 0) idle.splice(at, 1);
      },
    });
    all.add(slot);
    return slot;
  }
  return {
    send: (request, done) => take().attempt(request, done),
    close() {
      for (const slot of all) slot.destroy();
    },
  };
}

type SlotOptions = Pick<SlotsOptions, "connectTimeoutMs"> & {
  readonly url: URL;
  readonly onFree: () => void;
  readonly onClosed: () => void;
};

/** One connection. It serves one request after the other and ends with the first that fails. */
function openSlot({ url, connectTimeoutMs, onFree, onClosed }: SlotOptions): Slot {
  const socket = connectTo(url);
  const reader = createMessageReader({ kind: "response", mostBodyBytes });
  let connected = false;
  let current: ((end: HttpEnd) => void) | undefined;

  function finish(end: HttpEnd): void {
    const done = current;
    current = undefined;
    done?.(end);
  }
  function fail(error: Error): void {
    onClosed();
    socket.destroy();
    finish({ kind: "failed", error });
  }
  function takeAnswer(message: Message | undefined): void {
    if (!message) return;
    const end = answerOf(message);
    // What follows an answer unasked belongs to no request: such a connection is of no further use.
    if (listsWord(message.headers, "connection", "close") || !reader.isEmpty()) socket.destroy();
    else if (!socket.destroyed) onFree();
    finish(end);
  }
  function guarded(read: () => Message | undefined): void {
    try {
      takeAnswer(read());
    } catch (error) {
      fail(error as Error);
    }
  }
  const overdue = setTimeout(() => fail(connectOverdue(url, connectTimeoutMs)), connectTimeoutMs);
  socket.once(url.protocol === "https:" ? "secureConnect" : "connect", () => {
    clearTimeout(overdue);
    connected = true;
  });
  socket.on("data", (chunk: Buffer) =>
    guarded(() => {
      if (!current) throw new LifeboatError("BAD_INPUT", "an answer to no request");
      reader.push(chunk);
      return reader.next();
    }),
  );
  socket.on("end", () => {
    onClosed();
    socket.destroy();
    guarded(() => reader.atEnd());
  });
  socket.on("error", fail);
  socket.on("close", () => {
    clearTimeout(overdue);
    onClosed();
    finish({ kind: "failed", error: closedByServer() });
  });
  return {
    idleSinceMs: 0,
    destroy: () => socket.destroy(),
    attempt(request, done) {
      current = done;
      write(socket, url, request);
      return {
        wasSent: () => connected,
        abandon() {
          if (current !== done) return;
          current = undefined;
          socket.destroy();
        },
      };
    },
  };
}

function connectTo(url: URL): Socket {
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  if (url.protocol === "https:") {
    return connectTls({ host, port: Number(url.port || 443), servername: host }).setNoDelay(true);
  }
  return connectTcp({ host, port: Number(url.port || 80), autoSelectFamily: false }).setNoDelay(true);
}

function write(socket: Socket, url: URL, { method, path, headers, body }: HttpRequest): void {
  let head = `${method} ${path} HTTP/1.1\r\nhost: ${url.host}\r\n`;
  for (const name in headers) head += `${name}: ${headers[name]}\r\n`;
  const length = body?.length ?? 0;
  head += length > 0 || method !== "GET" ? `content-length: ${length}\r\n\r\n` : "\r\n";
  if (body && length > 0) socket.write(Buffer.concat([Buffer.from(head, "latin1"), body]));
  else socket.write(head, "latin1");
}

function answerOf(message: Message): HttpEnd {
  const { headers, body } = message;
  return { kind: "answer", status: statusOf(message.startLine), headers, body };
}

function connectOverdue(url: URL, timeoutMs: number): Error {
  return Object.assign(new Error(`no connection to ${url.host} within ${timeoutMs} ms`), { code: "ETIMEDOUT" });
}

function closedByServer(): Error {
  return Object.assign(new Error("the server closed the connection"), { code: "ECONNRESET" });
}
