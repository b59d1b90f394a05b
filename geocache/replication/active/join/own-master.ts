import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { waitFor } from "../../../../base/waits.ts";
import { CommandParser } from "../capture/command-parser.ts";
import type { RedisClient } from "../store/redis-client.ts";

/** Hands out a snapshot part by part; resolves when the whole of it has been handed out. */
export type SnapshotSource = (onPart: (bytes: Buffer) => Promise<void>) => Promise<void>;

const ASKS_WITHIN_MS = 10_000;
const LOADS_WITHIN_MS = 300_000;

/**
 * Fills a redis with a snapshot: everything it had goes. For that it is made a replica, for as long as it takes, of a
 * master that knows nothing but this snapshot. `host`: this machine as the redis sees it.
 * @throws TIMED_OUT, or whatever ended the source; then the redis holds nothing
 */
export async function loadSnapshot(redis: RedisClient, host: string, source: SnapshotSource): Promise<void> {
  const password = randomBytes(16).toString("hex");
  const asked = Promise.withResolvers<Socket>();
  const server = createServer((socket) => serve(socket, password, asked.resolve));
  server.listen(0, host);
  await once(server, "listening");
  // Whatever is listening has an address of this kind.
  const { port } = server.address() as AddressInfo;
  let socket: Socket | undefined;
  try {
    await redis.pipeline([
      ["FLUSHALL", "SYNC"],
      ["CONFIG", "SET", "masteruser", "", "masterauth", password, "rdb-del-sync-files", "yes"],
      ["REPLICAOF", host, String(port)],
    ]);
    const impatience = setTimeout(() => asked.reject(new Error("the redis did not ask")), ASKS_WITHIN_MS);
    socket = await asked.promise.finally(() => clearTimeout(impatience));
    await pass(socket, source);
    await Promise.race([loaded(redis), hangsUp(socket)]);
  } finally {
    await redis.pipeline([
      ["REPLICAOF", "NO", "ONE"],
      ["CONFIG", "SET", "masterauth", ""],
    ]);
    socket?.destroy();
    server.close();
  }
}

/** What a replica says before its snapshot, and what it wants to hear. */
function serve(socket: Socket, password: string, onAsked: (socket: Socket) => void): void {
  socket.on("error", () => undefined);
  const parser = new CommandParser((args) => {
    const [name = "", ...rest] = args;
    switch (name.toUpperCase()) {
      // An empty line says that it is still there, while it loads.
      case "":
        return;
      case "PING":
        return void socket.write("+PONG\r\n");
      case "AUTH":
        return void (rest.at(-1) === password ? socket.write("+OK\r\n") : socket.destroy());
      case "PSYNC":
        return onAsked(socket);
      case "REPLCONF":
        return void (rest[0]?.toUpperCase() === "ACK" || socket.write("+OK\r\n"));
      default:
        socket.destroy();
    }
  });
  socket.on("data", (chunk) => {
    try {
      parser.push(chunk);
    } catch {
      socket.destroy();
    }
  });
}

async function pass(socket: Socket, source: SnapshotSource): Promise<void> {
  const mark = randomBytes(20).toString("hex");
  socket.write(`+FULLRESYNC ${randomBytes(20).toString("hex")} 1\r\n$EOF:${mark}\r\n`);
  await source(async (bytes) => {
    if (socket.destroyed) throw new Error("the redis hung up");
    if (!socket.write(bytes)) await Promise.race([once(socket, "drain"), once(socket, "close")]);
  });
  socket.write(mark);
}

async function loaded(redis: RedisClient): Promise<void> {
  await waitFor(async () => String(await redis.call("INFO", "replication")).includes("master_link_status:up"), {
    what: "the redis to load the snapshot",
    timeoutMs: LOADS_WITHIN_MS,
    intervalMs: 10,
  });
}

async function hangsUp(socket: Socket): Promise<never> {
  if (!socket.destroyed) await once(socket, "close");
  throw new Error("the redis hung up");
}
