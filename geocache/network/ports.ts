import { randomInt } from "node:crypto";
import type { Server } from "node:net";
import { LifeboatError } from "../../base/errors.ts";

/** Below the ephemeral range, so that no outgoing connection takes a link's port while the process is down. */
const lowestPort = 20_000;
const highestPort = 31_999;
const attempts = 50;

/** @throws PORT_TAKEN when no free port was found */
export async function listenOnFreePort(server: Server, host: string): Promise<number> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const port = randomInt(lowestPort, highestPort + 1);
    if (await listenOnPort(server, host, port)) return port;
  }
  throw new LifeboatError("PORT_TAKEN", `no free port for a link between ${lowestPort} and ${highestPort}`);
}

/** False when the port is taken; other errors are thrown. */
export async function listenOnPort(server: Server, host: string, port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void => {
      server.off("listening", onListening);
      if (error.code === "EADDRINUSE") resolve(false);
      else reject(error);
    };
    const onListening = (): void => {
      server.off("error", onError);
      resolve(true);
    };
    server.once("error", onError).once("listening", onListening);
    server.listen({ host, port });
  });
}
