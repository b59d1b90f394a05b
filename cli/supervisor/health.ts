import net from "node:net";
import type { Registration } from "../../base/registration.ts";

const HEALTH_TIMEOUT_MS = 2000;

/** `GET /health` of one of our processes. Those without an address are healthy by being registered and alive. */
export async function answersHealth(registration: Registration): Promise<boolean> {
  if (registration.url === null) return true;
  const signal = AbortSignal.timeout(HEALTH_TIMEOUT_MS);
  const response = await fetch(new URL("/health", registration.url), { signal }).catch(() => undefined);
  await response?.body?.cancel();
  return response?.ok ?? false;
}

async function listens(address: string): Promise<boolean> {
  const { hostname, port } = new URL(address);
  return new Promise((resolve) => {
    const socket = net.connect({ host: hostname, port: Number(port), timeout: HEALTH_TIMEOUT_MS });
    const end = (open: boolean) => (): void => {
      socket.destroy();
      resolve(open);
    };
    socket.once("connect", end(true)).once("error", end(false)).once("timeout", end(false));
  });
}

/** Whether Temporal's own health service answers, which it does only when it can take work. */
export async function temporalAnswers(registration: Registration): Promise<boolean> {
  if (registration.url === null || !(await listens(registration.url))) return false;
  const { Connection } = await import("@temporalio/client");
  const connection = Connection.lazy({ address: new URL(registration.url).host, connectTimeout: HEALTH_TIMEOUT_MS });
  try {
    await connection.withDeadline(Date.now() + HEALTH_TIMEOUT_MS, () => connection.workflowService.getSystemInfo({}));
    return true;
  } catch {
    return false;
  } finally {
    await connection.close();
  }
}
