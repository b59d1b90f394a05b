import { connect, type Socket } from "node:net";
import type { Endpoint } from "../../../../contracts/endpoint.ts";
import type { OriginId } from "../operation.ts";
import type { Acknowledgement } from "../stability.ts";
import type { VersionVector } from "../version-vector.ts";
import type { Hello } from "./messages.ts";
import { MAX_FRAME_BYTES, readFrames, sendMessage, type Frame } from "./frames.ts";

export type SubscriptionInput = {
  readonly endpoint: Endpoint;
  readonly token: string;
  readonly member: string;
  readonly epoch: number;
  readonly origin: OriginId;
  readonly have: () => VersionVector;
  /** Throws for what is no batch, or not the next one: then the connection is made anew. */
  readonly onBatch: (bytes: Buffer) => void;
  readonly onFullSyncNeeded: (origin: OriginId) => void;
};

export type Subscription = {
  readonly acknowledge: (acknowledgement: Acknowledgement) => void;
  /** Whose operations this peer shall pass on, because they cannot be had from themselves. */
  readonly relay: (members: readonly string[]) => void;
  /** While `held` nothing more is taken from the peer: there is enough to do. */
  readonly hold: (held: boolean) => void;
  readonly state: () => "connected" | "silent" | "refused";
  /** How long ago something came from the peer; undefined: never. */
  readonly heardAgoMs: () => number | undefined;
  readonly close: () => void;
};

const RETRY_MS = 200;
/** The other side says something five times a second. */
const SILENT_AFTER_MS = 1000;
/** A network that lost the connection without a word does not say so afterwards either. */
const GIVE_UP_AFTER_MS = 3000;

/** Pulls from one other member for as long as it is open: connects, and connects again whenever the connection ends. */
export function subscribe(input: SubscriptionInput): Subscription {
  let socket: Socket | undefined;
  let closed = false;
  let refused = false;
  let held = false;
  let heardAtMs: number | undefined;
  let relay: readonly string[] = [];
  let timer: NodeJS.Timeout | undefined;

  const take = (current: Socket, frame: Frame): void => {
    if (frame.kind === "snapshot") throw new Error("nobody asked for a snapshot");
    refused = frame.kind === "message" && frame.message.kind === "refused";
    if (frame.kind === "batch") return input.onBatch(frame.bytes);
    if (refused) current.destroy();
    if (frame.message.kind === "full-sync-needed") input.onFullSyncNeeded(frame.message.origin);
  };

  const open = (): void => {
    const current = connect(input.endpoint.port, input.endpoint.host);
    socket = current;
    current.setNoDelay(true);
    current.setTimeout(GIVE_UP_AFTER_MS, () => {
      if (!held) current.destroy();
    });
    current.on("connect", () => sendMessage(current, helloOf(input, relay)));
    current.on("error", () => undefined);
    current.on("close", () => {
      if (!closed) timer = setTimeout(open, RETRY_MS);
    });
    current.on("data", () => (heardAtMs = performance.now()));
    readFrames(current, (frame) => closed || take(current, frame), { maxBytes: MAX_FRAME_BYTES });
    if (held) current.pause();
  };

  const heardAgoMs = (): number | undefined => (heardAtMs === undefined ? undefined : performance.now() - heardAtMs);
  const isTalking = (): boolean =>
    socket?.readyState === "open" && (held || (heardAgoMs() ?? Infinity) < SILENT_AFTER_MS);
  open();
  return {
    acknowledge: ({ origin, issued, applied }) => {
      if (socket?.readyState !== "open" || socket.writableNeedDrain) return;
      sendMessage(socket, { kind: "ack", epoch: input.epoch, origin, issued, applied: [...applied] });
    },
    relay: (members) => {
      if (members.join() === relay.join()) return;
      relay = members;
      if (socket?.readyState === "open") sendMessage(socket, { kind: "relay", members: [...members] });
    },
    hold: (wanted) => {
      if (wanted === held) return;
      held = wanted;
      if (held) socket?.pause();
      else socket?.resume();
    },
    state: () => (refused ? "refused" : isTalking() ? "connected" : "silent"),
    heardAgoMs,
    close: () => {
      closed = true;
      clearTimeout(timer);
      socket?.destroy();
    },
  };
}

function helloOf(input: SubscriptionInput, relay: readonly string[]): Hello {
  const { token, member, epoch, origin, have } = input;
  return { kind: "hello", token, member, epoch, origin, have: [...have()], relay: [...relay] };
}
