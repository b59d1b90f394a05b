import { connect, type Socket } from "node:net";
import type { Endpoint } from "../../../../contracts/endpoint.ts";
import type { Acknowledgement } from "../stability.ts";
import type { VersionVector } from "../version-vector.ts";
import { readFrames, sendMessage } from "./frames.ts";

export type SubscriptionInput = {
  readonly endpoint: Endpoint;
  readonly token: string;
  readonly member: string;
  readonly epoch: () => number;
  readonly have: () => VersionVector;
  readonly onBatch: (bytes: Buffer) => void;
  readonly onFullSyncNeeded: (origin: string) => void;
};

export type Subscription = {
  readonly acknowledge: (acknowledgement: Acknowledgement) => void;
  /** Whose operations this peer shall pass on, because they cannot be had from themselves. */
  readonly relay: (members: readonly string[]) => void;
  /** When something last came from the peer, on this process's monotonic clock in milliseconds. */
  readonly heardAtMs: () => number;
  readonly close: () => void;
};

const RETRY_MS = 200;

/** Pulls from one other member for as long as it is open: connects, and connects again whenever the connection ends. */
export function subscribe(input: SubscriptionInput): Subscription {
  let socket: Socket | undefined;
  let closed = false;
  let heardAtMs = performance.now();
  let relay: readonly string[] = [];
  let timer: NodeJS.Timeout | undefined;

  const open = (): void => {
    const current = connect(input.endpoint.port, input.endpoint.host);
    socket = current;
    current.setNoDelay(true);
    current.on("connect", () =>
      sendMessage(current, {
        kind: "hello",
        token: input.token,
        member: input.member,
        epoch: input.epoch(),
        have: [...input.have()],
        relay: [...relay],
      }),
    );
    current.on("error", () => undefined);
    current.on("close", () => {
      if (!closed) timer = setTimeout(open, RETRY_MS);
    });
    readFrames(current, (frame) => {
      heardAtMs = performance.now();
      if (frame.kind === "batch") input.onBatch(frame.bytes);
      else if (frame.message.kind === "full-sync-needed") input.onFullSyncNeeded(frame.message.origin);
    });
  };

  open();
  return {
    acknowledge: ({ origin, issued, applied }) => {
      if (socket?.readyState === "open") sendMessage(socket, { kind: "ack", origin, issued, applied: [...applied] });
    },
    relay: (members) => {
      if (members.join() === relay.join()) return;
      relay = members;
      if (socket?.readyState === "open") sendMessage(socket, { kind: "relay", members: [...members] });
    },
    heardAtMs: () => heardAtMs,
    close: () => {
      closed = true;
      clearTimeout(timer);
      socket?.destroy();
    },
  };
}
