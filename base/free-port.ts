import { randomInt } from "node:crypto";
import { createServer, type AddressInfo } from "node:net";

/**
 * Below what systems give to outgoing connections (Linux from 32768, others from 49152): a port from there may be such a
 * connection's own by the time somebody wants to listen on it, and stay so for as long as it lasts.
 */
const [FIRST, BEHIND] = [15_000, 32_768];
const ATTEMPTS = 50;

/**
 * A port on loopback that nobody listened on a moment ago: the wished one if it is free, else any other. Whoever takes
 * it must be ready to lose the race.
 */
export async function freePort(wished = 0): Promise<number> {
  if (wished !== 0 && (await isFree(wished))) return wished;
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const port = randomInt(FIRST, BEHIND);
    if (await isFree(port)) return port;
  }
  return await listenOn(0);
}

async function isFree(port: number): Promise<boolean> {
  try {
    return (await listenOn(port)) === port;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw error;
    return false;
  }
}

/** Listens for a moment. @returns the port */
async function listenOn(port: number): Promise<number> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, "127.0.0.1", resolve);
    });
    return (server.address() as AddressInfo).port;
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}
