import { connect as connectTcp, type Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { Endpoint } from "../../contracts/endpoint.ts";

export type Reply = { readonly kind: "value" | "error" };
export type RespConnection = {
  /** Commands may be sent before the handshake is over: they follow it on the wire. */
  command(args: readonly string[], done: (reply: Reply | Error) => void): void;
  /** When the oldest command without a reply was sent (performance.now), or undefined. */
  oldestPendingMs(): number | undefined;
  isOpen(): boolean;
  destroy(): void;
};

type Pending = { readonly sentMs: number; readonly done: (reply: Reply | Error) => void };

/**
 * One RESP2 connection without any policy: no queue of its own, no retry, no reconnect. Whatever ends it, every
 * command without a reply ends with that error.
 */
export function openRespConnection(
  endpoint: Endpoint,
  auth: { readonly username: string; readonly password: string },
): RespConnection {
  const socket = openSocket(endpoint);
  const pending: Pending[] = [];
  let open = true;
  let unread: Buffer = Buffer.alloc(0);

  function end(error: Error): void {
    if (!open) return;
    open = false;
    socket.destroy();
    for (const command of pending.splice(0)) command.done(error);
  }
  function take(chunk: Buffer): void {
    unread = unread.length === 0 ? chunk : Buffer.concat([unread, chunk]);
    let at = 0;
    for (let next = endOfReply(unread, at); next !== undefined; next = endOfReply(unread, at)) {
      pending.shift()?.done({ kind: unread[at] === minus ? "error" : "value" });
      at = next;
    }
    unread = unread.subarray(at);
  }
  function command(args: readonly string[], done: Pending["done"]): void {
    if (!open) return done(resetError("the connection is closed"));
    pending.push({ sentMs: performance.now(), done });
    socket.write(encode(args));
  }
  socket.on("data", take);
  socket.on("error", end);
  socket.on("close", () => end(resetError("the server closed the connection")));
  command(["AUTH", auth.username, auth.password], () => undefined);
  return {
    command,
    oldestPendingMs: () => pending[0]?.sentMs,
    isOpen: () => open,
    destroy: () => end(resetError("the connection was given up")),
  };
}

function openSocket(endpoint: Endpoint): Socket {
  const socket = endpoint.tls
    ? connectTls({ host: endpoint.host, port: endpoint.port, servername: endpoint.host })
    : connectTcp({ host: endpoint.host, port: endpoint.port });
  return socket.setNoDelay(true);
}

function resetError(message: string): Error {
  return Object.assign(new Error(message), { code: "ECONNRESET" });
}

function encode(args: readonly string[]): string {
  return `*${args.length}\r\n${args.map((arg) => `$${Buffer.byteLength(arg)}\r\n${arg}\r\n`).join("")}`;
}

const minus = 0x2d;
const dollar = 0x24;

/** Where the reply that starts at `at` ends, or undefined while it is incomplete. GET, SET and AUTH answer no arrays. */
function endOfReply(buffer: Buffer, at: number): number | undefined {
  const lineEnd = buffer.indexOf("\r\n", at);
  if (at >= buffer.length || lineEnd < 0) return undefined;
  if (buffer[at] !== dollar) return lineEnd + 2;
  const length = Number(buffer.toString("latin1", at + 1, lineEnd));
  const end = length < 0 ? lineEnd + 2 : lineEnd + 2 + length + 2;
  return end <= buffer.length ? end : undefined;
}
