import { createServer, type Server, type Socket } from "node:net";
import type { OriginId } from "../operation.ts";
import { memberOf } from "../origins.ts";
import type { Acknowledgement } from "../stability.ts";
import type { LogIndex } from "../store/log-index.ts";
import { readFrames, sendBatch, sendMessage, type Frame } from "./frames.ts";
import type { Hello, Question } from "./messages.ts";

export type ProviderInput = {
  readonly token: string;
  readonly epoch: () => number;
  readonly isMember: (member: string) => boolean;
  /** What can be pulled; undefined while this member has nothing itself: whoever pulls waits. */
  readonly offer: () => { readonly origin: OriginId; readonly index: LogIndex } | undefined;
  /** Whether nobody adds to the origin any more: it is passed on to whoever lacks it. */
  readonly isFormer: (origin: OriginId) => boolean;
  readonly onHello: (member: string, origin: OriginId) => void;
  readonly onAcknowledged: (member: string, acknowledgement: Acknowledgement) => void;
  /** Answers and ends the connection. */
  readonly onQuestion: (socket: Socket, question: Question) => void;
};

export type Provider = {
  readonly listen: (host: string, port: number) => Promise<number>;
  /** There is more in the log. */
  readonly wake: () => void;
  /** Ends every connection: whoever may come back says hello again. */
  readonly dropAll: () => void;
  readonly close: () => Promise<void>;
};

const ALIVE_EVERY_MS = 200;
const FIRST_WORD_WITHIN_MS = 5000;
/** What others say to a provider is short. */
const MAX_WORD_BYTES = 1024 * 1024;

type Subscriber = {
  readonly socket: Socket;
  readonly member: string;
  readonly origin: OriginId;
  readonly sent: Map<OriginId, number>;
  relay: readonly string[];
};

/** Sends the other members what is in this one's log, as it comes, no faster than each can take it. */
export function createProvider(input: ProviderInput): Provider {
  const subscribers = new Map<Socket, Subscriber>();
  const sockets = new Set<Socket>();
  const alive = setInterval(() => {
    for (const { socket } of subscribers.values())
      if (!socket.writableNeedDrain) sendMessage(socket, { kind: "alive" });
  }, ALIVE_EVERY_MS);
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    const impatience = setTimeout(() => socket.destroy(), FIRST_WORD_WITHIN_MS);
    socket.on("error", () => undefined);
    socket.on("drain", () => pumpTo(input, subscribers.get(socket)));
    socket.on("close", () => {
      clearTimeout(impatience);
      sockets.delete(socket);
      subscribers.delete(socket);
    });
    const onFrame = (frame: Frame): void => {
      clearTimeout(impatience);
      takeWord(input, { socket, subscribers, frame });
    };
    readFrames(socket, onFrame, { maxBytes: MAX_WORD_BYTES });
  });
  const dropAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    listen: async (host, port) => await listen(server, host, port),
    wake: () => {
      for (const subscriber of subscribers.values()) pumpTo(input, subscriber);
    },
    dropAll,
    close: async () => {
      clearInterval(alive);
      dropAll();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

type Word = { readonly socket: Socket; readonly subscribers: Map<Socket, Subscriber>; readonly frame: Frame };

function takeWord(input: ProviderInput, { socket, subscribers, frame }: Word): void {
  if (frame.kind !== "message") throw new Error("whoever pulls sends neither batches nor snapshots");
  const { message } = frame;
  if (message.kind === "hello") return welcome(input, message, { socket, subscribers });
  if (message.kind === "question") {
    if (isWelcome(input, socket, message)) input.onQuestion(socket, message);
    return;
  }
  const subscriber = subscribers.get(socket);
  if (subscriber === undefined) throw new Error("the first word is not hello");
  if (message.kind === "ack" && message.epoch === input.epoch()) {
    input.onAcknowledged(subscriber.member, { ...message, applied: new Map(message.applied) });
    // It may have had them from somebody else.
    for (const [origin, seq] of message.applied)
      subscriber.sent.set(origin, Math.max(seq, subscriber.sent.get(origin) ?? 0));
  }
  if (message.kind === "relay") subscriber.relay = message.members;
  pumpTo(input, subscriber);
}

function welcome(
  input: ProviderInput,
  hello: Hello,
  { socket, subscribers }: Pick<Word, "socket" | "subscribers">,
): void {
  if (!isWelcome(input, socket, hello)) return;
  const { member, origin, have, relay } = hello;
  // Its former connection may have been cut without either side being told.
  for (const [other, subscriber] of subscribers) if (subscriber.member === member) other.destroy();
  const subscriber = { socket, member, origin, sent: new Map(have), relay };
  subscribers.set(socket, subscriber);
  input.onHello(member, origin);
  pumpTo(input, subscriber);
}

function isWelcome(input: ProviderInput, socket: Socket, speaker: Hello | Question): boolean {
  const reason = refusal(input, speaker);
  if (reason === undefined) return true;
  sendMessage(socket, { kind: "refused", reason });
  socket.end();
  return false;
}

/** A24: whoever comes back with an old membership is not served. */
function refusal(input: ProviderInput, { token, member, epoch }: Hello | Question): string | undefined {
  if (token !== input.token) return "the token is not the group's";
  if (!input.isMember(member)) return `${member} is not a member of the group`;
  if (epoch !== input.epoch()) return `the group is at epoch ${input.epoch()}, not ${epoch}`;
  return undefined;
}

function pumpTo(input: ProviderInput, subscriber: Subscriber | undefined): void {
  const offer = input.offer();
  if (subscriber === undefined || offer === undefined) return;
  const { socket, sent, relay } = subscriber;
  for (const origin of offer.index.origins()) {
    if (origin === subscriber.origin) continue;
    if (origin !== offer.origin && !relay.includes(memberOf(origin)) && !input.isFormer(origin)) continue;
    const batches = offer.index.after(origin, sent.get(origin) ?? 0);
    if (batches === "trimmed") {
      sendMessage(socket, { kind: "full-sync-needed", origin });
      return void socket.end();
    }
    for (const { bytes, lastSeq } of batches) {
      if (socket.writableNeedDrain || !socket.writable) return;
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
