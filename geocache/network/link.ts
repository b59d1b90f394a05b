import { createServer, type Server, type Socket } from "node:net";
import { LifeboatError } from "../../base/errors.ts";
import type { Link, LinkSpec } from "../../contracts/network.ts";
import type { Alarm } from "./alarm.ts";
import { effectOn, type LinkEffect } from "./conditions.ts";
import { createConnection, type Connection } from "./connection.ts";
import { listenOnFreePort, listenOnPort } from "./ports.ts";
import type { Direction } from "./pump.ts";

export type RunningLink = {
  readonly spec: LinkSpec;
  readonly port: number;
  apply(effect: LinkEffect): void;
  /** Takes another target, places or latency; open connections stay with their target. The address must stay. */
  update(spec: LinkSpec): void;
  describe(): Link;
  /** Resets all connections and stops listening. */
  close(): Promise<void>;
};

/** Starts a link on the port it had before, or on a free one. @throws PORT_TAKEN when the former port is in use */
export async function startLink(given: LinkSpec, formerPort: number | undefined, alarm: Alarm): Promise<RunningLink> {
  let spec = given;
  let effect = effectOn(spec, []);
  const forward: Direction = { effect: effect.forward, freeAtMs: 0, bytes: 0 };
  const backward: Direction = { effect: effect.backward, freeAtMs: 0, bytes: 0 };
  const connections = new Set<Connection>();
  const accept = (accepted: Socket): void => {
    if (effect.reset) {
      accepted.on("error", () => {});
      accepted.resetAndDestroy();
      return;
    }
    const connection = createConnection({
      accepted,
      target: () => spec.target,
      forward,
      backward,
      alarm,
      onClosed: () => connections.delete(connection),
    });
    connections.add(connection);
  };
  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, accept);
  const port = await listen(server, spec, formerPort);
  server.on("error", () => {});
  return {
    get spec() {
      return spec;
    },
    port,
    apply(next) {
      effect = next;
      forward.effect = next.forward;
      backward.effect = next.backward;
      forward.freeAtMs = backward.freeAtMs = 0;
      for (const connection of connections) {
        if (next.reset) connection.reset();
        else connection.kick();
      }
    },
    update(next) {
      spec = next;
    },
    describe: () => ({
      ...spec,
      endpoint: { host: spec.listenHost, port, tls: spec.target.tls },
      openConnections: connections.size,
      bytesForward: forward.bytes,
      bytesBackward: backward.bytes,
      conditions: [...effect.conditions],
    }),
    close: () => closeServer(server, connections),
  };
}

async function listen(server: Server, spec: LinkSpec, formerPort: number | undefined): Promise<number> {
  if (formerPort === undefined) return listenOnFreePort(server, spec.listenHost);
  if (await listenOnPort(server, spec.listenHost, formerPort)) return formerPort;
  throw new LifeboatError("PORT_TAKEN", `link ${spec.id}: port ${formerPort} is taken by another program`);
}

async function closeServer(server: Server, connections: Set<Connection>): Promise<void> {
  for (const connection of connections) connection.reset();
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
}
