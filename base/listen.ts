import type { FastifyInstance } from "fastify";
import { LifeboatError } from "./errors.ts";
import { isAlive } from "./processes.ts";
import { readRegistration } from "./registration.ts";
import { waitFor } from "./waits.ts";

const LOOPBACK = "127.0.0.1";
/** Time for whoever is just leaving the port, or has just taken it in our name, to show. */
const PORT_PATIENCE_MS = 2000;
const RETRY_MS = 100;

/**
 * Listens on loopback, on the port that was last registered under the name, so that whoever holds the address keeps
 * it. When another program has taken that port, a new one is chosen. Returns the address.
 * @throws CONFLICT when a live process of that name serves there
 */
export async function listenAgain(
  api: FastifyInstance,
  service: { readonly home: string; readonly name: string },
): Promise<string> {
  const { home, name } = service;
  const former = await readRegistration(home, name);
  if (!former?.url) return api.listen({ host: LOOPBACK, port: 0 });
  await refuseSecond(home, name);
  const port = Number(new URL(former.url).port);
  const wait = { what: `port ${port}, the former one of ${name}`, timeoutMs: PORT_PATIENCE_MS, intervalMs: RETRY_MS };
  const address = await waitFor(() => listenUnlessTaken(api, port), wait).catch(() => undefined);
  if (address !== undefined) return address;
  await refuseSecond(home, name);
  return api.listen({ host: LOOPBACK, port: 0 });
}

async function listenUnlessTaken(api: FastifyInstance, port: number): Promise<string | undefined> {
  try {
    return await api.listen({ host: LOOPBACK, port });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") return undefined;
    throw error;
  }
}

/** Two of a name must not serve one home: the keeper, for one, is started by whoever first misses it. */
async function refuseSecond(home: string, name: string): Promise<void> {
  const found = await readRegistration(home, name);
  if (!found || found.pid === process.pid || !isAlive(found)) return;
  throw new LifeboatError("CONFLICT", `${name} runs already as process ${found.pid}`);
}
