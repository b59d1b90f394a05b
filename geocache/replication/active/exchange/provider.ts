import { createServer, type Server, type Socket } from "node:net";
import type { OriginId } from "../operation.ts";
import type { Acknowledgement } from "../stability.ts";
import type { LogIndex } from "../store/log-index.ts";
import { readFrames, sendBatch, sendMessage, type Frame, type Message } from "./frames.ts";

export type ProviderInput = {
  readonly member: string;
  readonly token: string;
  readonly index: LogIndex;
  readonly epoch: () => number;
  readonly isMember: (member: string) => boolean;
  readonly onAcknowledged: (member: string, acknowledgement: Acknowledgement) => void;
};

export type Provider = {
  readonly listen: (host: string, port: number) => Promise<number>;
  /** There is more in the log. */
  readonly wake: () => void;
  readonly close: () => Promise<void>;
};

const ALIVE_EVERY_MS = 200;

type Subscriber = {
  readonly socket: Socket;
  readonly member: string;
  readonly sent: Map<OriginId, number>;
  relay: readonly string[];
};

/** The member of an origin: `<member>/<incarnation>`. */
export function memberOf(origin: OriginId): string {
  return origin.slice(0, origin.lastIndexOf("/"));
}

/** Sends the other members what is in this one's log, as it comes, no faster than each can take it. */
export function createProvider(input: ProviderInput): Provider {
  const subscribers = new Set<Subscriber>();
  const sockets = new Set<Socket>();
  const alive = setInterval(() => {
    for (const { socket } of subscribers) if (!socket.writableNeedDrain) sendMessage(socket, { kind: "alive" });
  }, ALIVE_EVERY_MS);
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    let subscriber: Subscriber | undefined;
    socket.on("error", () => undefined);
    socket.on("drain", () => subscriber !== undefined && pump(input, subscriber));
    socket.on("close", () => {
      sockets.delete(socket);
      if (subscriber !== undefined) subscribers.delete(subscriber);
    });
    readFrames(socket, (frame) => {
      subscriber = take(input, { socket, subscriber, frame });
      if (subscriber !== undefined) subscribers.add(subscriber);
    });
  });
  return {
    listen: async (host, port) => await listen(server, host, port),
    wake: () => {
      for (const subscriber of subscribers) pump(input, subscriber);
    },
    close: async () => {
      clearInterval(alive);
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

type Taken = { readonly socket: Socket; readonly subscriber: Subscriber | undefined; readonly frame: Frame };

function take(input: ProviderInput, { socket, subscriber, frame }: Taken): Subscriber | undefined {
  if (frame.kind !== "message") throw new Error("a subscriber sends no batches");
  const { message } = frame;
  if (message.kind === "hello") return welcome(input, socket, message);
  if (subscriber === undefined) throw new Error("the first word is not hello");
  if (message.kind === "ack") {
    input.onAcknowledged(subscriber.member, { ...message, applied: new Map(message.applied) });
    // It may have had them from somebody else.
    for (const [origin, seq] of message.applied)
      subscriber.sent.set(origin, Math.max(seq, subscriber.sent.get(origin) ?? 0));
  }
  if (message.kind === "relay") subscriber.relay = message.members;
  pump(input, subscriber);
  return subscriber;
}

function welcome(
  input: ProviderInput,
  socket: Socket,
  hello: Extract<Message, { kind: "hello" }>,
): Subscriber | undefined {
  const reason = refusal(input, hello);
  if (reason !== undefined) {
    sendMessage(socket, { kind: "refused", reason });
    socket.end();
    return undefined;
  }
  const subscriber = { socket, member: hello.member, sent: new Map(hello.have), relay: hello.relay };
  pump(input, subscriber);
  return subscriber;
}

/** A24: whoever comes back with an old membership is not served. */
function refusal(input: ProviderInput, hello: Extract<Message, { kind: "hello" }>): string | undefined {
  if (hello.token !== input.token) return "the token is not the group's";
  if (!input.isMember(hello.member)) return `${hello.member} is not a member of the group`;
  if (hello.epoch !== input.epoch()) return `the group is at epoch ${input.epoch()}, not ${hello.epoch}`;
  return undefined;
}

function pump(input: ProviderInput, subscriber: Subscriber): void {
  const { socket, sent, relay } = subscriber;
  for (const origin of input.index.origins()) {
    const member = memberOf(origin);
    if (member === subscriber.member || (member !== input.member && !relay.includes(member))) continue;
    const batches = input.index.after(origin, sent.get(origin) ?? 0);
    if (batches === "trimmed") {
      sendMessage(socket, { kind: "full-sync-needed", origin });
      continue;
    }
    for (const { bytes, lastSeq } of batches) {
      if (socket.writableNeedDrain || socket.destroyed) return;
      sendBatch(socket, bytes);
      sent.set(origin, lastSeq);
    }
  }
}

async function listen(server: Server, host: string, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : port;
}
