import { Redis } from "ioredis";
import type { AppConfig } from "../../contracts/app.ts";
import type { Logger } from "../../base/log.ts";

/** ioredis by default adds 212 ms at the median to a recovery: every wait here is fixed and short. */
const RECONNECT_MS = 20;
const CONNECT_TIMEOUT_MS = 500;
const COMMAND_TIMEOUT_MS = 400;

type CacheAccess = AppConfig["caches"][string];

export type Caches = {
  /** Connects to these caches and leaves all others. */
  use(names: ReadonlySet<string>): void;
  /** A connected client. @throws NotConnectedError at once when there is none. */
  client(name: string): Redis;
  isConnected(name: string): boolean;
  close(): void;
};

/** Nothing was sent: a write that ends with this surely did not happen. */
class NotConnectedError extends Error {
  override readonly name = "NotConnectedError";
}

export function createCaches(accesses: AppConfig["caches"], log: Logger): Caches {
  const clients = new Map<string, Redis>();
  const drop = (name: string): void => {
    clients.get(name)?.disconnect();
    clients.delete(name);
  };
  return {
    use(names) {
      for (const name of clients.keys()) if (!names.has(name)) drop(name);
      for (const name of names) {
        const access = accesses[name];
        if (access && !clients.has(name)) clients.set(name, connect(name, access, log));
      }
    },
    client(name) {
      const client = clients.get(name);
      if (client?.status === "ready") return client;
      throw new NotConnectedError(`cache ${name} is not connected`);
    },
    isConnected: (name) => clients.get(name)?.status === "ready",
    close() {
      for (const name of clients.keys()) drop(name);
    },
  };
}

function connect(name: string, access: CacheAccess, log: Logger): Redis {
  const client = new Redis({
    host: access.endpoint.host,
    port: access.endpoint.port,
    ...(access.endpoint.tls ? { tls: {} } : {}),
    username: access.username,
    password: access.password,
    connectTimeout: CONNECT_TIMEOUT_MS,
    commandTimeout: COMMAND_TIMEOUT_MS,
    retryStrategy: () => RECONNECT_MS,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    // The clients' user may not run INFO; a cache that is loading says so in its replies.
    enableReadyCheck: false,
    disableClientInfo: true,
  });
  client.on("ready", () => log.info({ cache: name }, "connected"));
  client.on("close", () => log.info({ cache: name }, "connection closed"));
  // Without a listener ioredis prints each failed attempt; the commands that fail tell enough.
  client.on("error", () => undefined);
  return client;
}

/** Redis's own refusal for want of memory. */
export function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && error.name === "ReplyError" && error.message.startsWith("OOM ");
}

/**
 * Whether a failed write surely left no trace: it was never sent, or the cache itself refused it
 * (READONLY on a secondary, LOADING, OOM, NOPERM …). Time-outs and broken connections prove nothing.
 */
export function surelyNotWritten(error: unknown): boolean {
  if (error instanceof NotConnectedError) return true;
  if (!(error instanceof Error)) return false;
  if (error.name === "ReplyError") return true;
  return error.message.includes("enableOfflineQueue options is false");
}
