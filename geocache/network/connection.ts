import type { Socket } from "node:net";
import type { Endpoint } from "../../contracts/endpoint.ts";
import type { Alarm } from "./alarm.ts";
import { createPump, type Direction, type Pump } from "./pump.ts";
import { adoptSocket, newSocket } from "./sockets.ts";

export type ConnectionOptions = {
  /** From a server with `pauseOnConnect`; the connection takes it over. */
  readonly accepted: Socket;
  readonly target: () => Endpoint;
  readonly forward: Direction;
  readonly backward: Direction;
  readonly alarm: Alarm;
  readonly onClosed: () => void;
};

export type Connection = {
  /** Conditions have changed. */
  kick(): void;
  reset(): void;
};

const connectTimeoutMs = 10_000;

/**
 * One client and its connection to the target. While a direction is held the target is not dialled: the client is
 * accepted and hears nothing. A target that refuses or resets is passed on as a reset.
 */
export function createConnection(options: ConnectionOptions): Connection {
  const { forward, backward, alarm } = options;
  const client: Socket = adoptSocket(options.accepted, (bytes) => there.receive(bytes));
  const upstream: Socket = newSocket((bytes) => back.receive(bytes));
  const there: Pump = createPump({ source: client, sink: upstream, direction: forward, alarm });
  const back: Pump = createPump({ source: upstream, sink: client, direction: backward, alarm });
  let dialled = false;
  back.open();
  client.setNoDelay(true);

  const dial = (): void => {
    if (dialled || forward.effect.held || backward.effect.held || upstream.destroyed) return;
    dialled = true;
    const target = options.target();
    const giveUp = setTimeout(() => upstream.destroy(new Error("the target did not answer")), connectTimeoutMs);
    upstream.once("connect", () => there.open());
    upstream.once("connect", () => clearTimeout(giveUp)).once("close", () => clearTimeout(giveUp));
    upstream.setNoDelay(true);
    upstream.connect({ host: target.host, port: target.port });
  };
  let open = 2;
  const closed = (): void => {
    open -= 1;
    if (open === 0) options.onClosed();
  };
  upstream.on("error", () => back.reset());
  upstream.once("close", closed);
  client.on("error", () => (dialled ? there.reset() : upstream.destroy()));
  client.once("close", closed);
  dial();
  return {
    kick() {
      dial();
      there.kick();
      back.kick();
    },
    reset() {
      client.resetAndDestroy();
      upstream.resetAndDestroy();
    },
  };
}
