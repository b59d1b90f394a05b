import { createServer, STATUS_CODES, type RequestListener, type Server } from "node:http";
import type { Socket } from "node:net";
import { messageOf } from "../errors.ts";
import { listsWord, type Headers } from "./head.ts";
import { createMessageReader, type Message } from "./message-reader.ts";

export type Http1Request = {
  readonly method: string;
  /** Path and query, as sent. */
  readonly url: string;
  readonly headers: Headers;
  readonly body: Buffer;
};
export type Http1Answer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | string;
};

type MixedOptions = {
  /** Paths that go the usual way through `control`; their connections end with the answer. */
  readonly isControl: (url: string) => boolean;
  readonly control: RequestListener;
  /** Answers every other request. Must not reject. */
  readonly serve: (request: Http1Request) => Promise<Http1Answer>;
  readonly idleMs: number;
};
export type MixedServer = { readonly server: Server; readonly closeUserConnections: () => void };

const mostBodyBytes = 1_048_576;
const REQUEST_LINE = /^([A-Z]{3,10}) (\/[!-~]*) HTTP\/1\.([01])$/;

/**
 * One port for two kinds of requests: the many of users, which are answered straight from the socket at a third of
 * the cost of node:http (adr/0005), and the few of operators, which node:http and whatever listens there serve.
 */
export function createMixedServer(options: MixedOptions): MixedServer {
  const users = new Set<Socket>();
  const server = createServer((request, response) => {
    // The next request on this connection may be a user's.
    response.shouldKeepAlive = false;
    options.control(request, response);
  });
  const [toControl] = server.listeners("connection") as ((socket: Socket) => void)[];
  server.removeAllListeners("connection");
  server.on("connection", (socket: Socket) => {
    users.add(socket);
    socket.once("close", () => users.delete(socket));
    serveSocket(socket, options, (bytes) => {
      users.delete(socket);
      socket.removeAllListeners("data");
      toControl?.call(server, socket);
      // node:http has its own listener by now; what was read here must reach it before anything that follows.
      socket.emit("data", bytes);
    });
  });
  return {
    server,
    closeUserConnections() {
      for (const socket of users) socket.destroy();
    },
  };
}

type HandOver = (bytes: Buffer) => void;

/** Serves the users' requests of a connection one after the other, until it closes or asks for a control path. */
function serveSocket(socket: Socket, options: MixedOptions, handOver: HandOver): void {
  const reader = createMessageReader({ kind: "request", mostBodyBytes });
  let busy = false;
  socket.setNoDelay(true).setTimeout(options.idleMs, () => socket.destroy());
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk: Buffer) => {
    try {
      reader.push(chunk);
    } catch (error) {
      return refuse(socket, error);
    }
    if (!busy) void serveNext();
  });

  async function serveNext(): Promise<void> {
    busy = true;
    try {
      while (!socket.destroyed) {
        if (options.isControl(targetOf(reader.ahead()))) return handOver(reader.takeAhead());
        const message = reader.next();
        if (!message) break;
        await answer(message);
      }
    } catch (error) {
      refuse(socket, error);
    }
    busy = false;
  }
  async function answer(message: Message): Promise<void> {
    const request = requestOf(message);
    if (!request) return refuse(socket, new Error("malformed request line"));
    const last = endsConnection(message);
    send(socket, await options.serve(request), last);
  }
}

/** The path of a request that begins with these bytes; empty while it is incomplete. */
function targetOf(bytes: Buffer): string {
  const from = bytes.indexOf(" ") + 1;
  const to = from === 0 ? -1 : bytes.indexOf(" ", from);
  return to < 0 ? "" : bytes.toString("latin1", from, to);
}

function requestOf({ startLine, headers, body }: Message): Http1Request | undefined {
  const [, method, url] = REQUEST_LINE.exec(startLine) ?? [];
  return method === undefined || url === undefined ? undefined : { method, url, headers, body };
}

function endsConnection({ startLine, headers }: Message): boolean {
  return startLine.endsWith("HTTP/1.0") || listsWord(headers, "connection", "close");
}

function send(socket: Socket, answer: Http1Answer, last: boolean): void {
  const body = typeof answer.body === "string" ? Buffer.from(answer.body) : answer.body;
  let head = `HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status] ?? ""}\r\n`;
  for (const name in answer.headers) head += `${name}: ${answer.headers[name]}\r\n`;
  if (last) head += "connection: close\r\n";
  head += `content-length: ${body.length}\r\n\r\n`;
  socket.write(body.length === 0 ? head : Buffer.concat([Buffer.from(head, "latin1"), body]));
  if (last) socket.end();
}

/** What is not HTTP/1.1 leaves the connection in an unknown state: it is told so and ended. */
function refuse(socket: Socket, error: unknown): void {
  const body = JSON.stringify({ error: { code: "BAD_INPUT", message: messageOf(error) } });
  send(socket, { status: 400, headers: { "content-type": "application/json" }, body }, true);
}
