import { Redis } from "ioredis";
import type { Endpoint } from "../../../../contracts/endpoint.ts";
import type { Bytes } from "../operation.ts";
import { LOG_DATABASE } from "../secrets.ts";

export type Reply = Bytes | number | null | readonly Reply[];

/** A command and its arguments. */
export type Call = readonly [string, ...(Bytes | Buffer)[]];

export type RedisTarget = { readonly endpoint: Endpoint; readonly username: string; readonly password: string };

const COMMAND_TIMEOUT_MS = 5000;

/** A connection that gives and takes bytes as latin1 text, and gives up rather than queueing for a redis that is gone. */
export class RedisClient {
  readonly #redis: Redis;

  private constructor(redis: Redis) {
    this.#redis = redis;
  }

  static async connect(target: RedisTarget, database = LOG_DATABASE): Promise<RedisClient> {
    const redis = new Redis({
      host: target.endpoint.host,
      port: target.endpoint.port,
      username: target.username,
      password: target.password,
      db: database,
      lazyConnect: true,
      retryStrategy: () => null,
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      commandTimeout: COMMAND_TIMEOUT_MS,
    });
    redis.on("error", () => undefined);
    await redis.connect();
    return new RedisClient(redis);
  }

  get closed(): boolean {
    return this.#redis.status === "end" || this.#redis.status === "close";
  }

  onClosed(listener: () => void): void {
    this.#redis.on("close", listener);
  }

  /** Channel and message, from redis's own events or from a subscription. */
  async subscribe(channels: readonly string[], listener: (channel: Bytes, message: Bytes) => void): Promise<void> {
    this.#redis.on("messageBuffer", (channel: Buffer, message: Buffer) =>
      listener(channel.toString("latin1"), message.toString("latin1")),
    );
    await this.#redis.subscribe(...channels);
  }

  async call(command: string, ...args: readonly (Bytes | Buffer)[]): Promise<Reply> {
    return asBytes(await this.#redis.callBuffer(command, ...args.map(asBuffer)));
  }

  /** Sent in one piece: redis reads all of it before it serves anybody else. An error of any command is thrown. */
  async pipeline(commands: readonly Call[]): Promise<readonly Reply[]> {
    const pipeline = this.#redis.pipeline();
    for (const [command, ...args] of commands) pipeline.callBuffer(command, ...args.map(asBuffer));
    const results = (await pipeline.exec()) ?? [];
    return results.map(([error, reply]) => {
      if (error !== null) throw error;
      return asBytes(reply);
    });
  }

  close(): void {
    this.#redis.disconnect();
  }
}

function asBuffer(value: Bytes | Buffer): Buffer {
  return typeof value === "string" ? Buffer.from(value, "latin1") : value;
}

function asBytes(reply: unknown): Reply {
  if (Buffer.isBuffer(reply)) return reply.toString("latin1");
  if (Array.isArray(reply)) return reply.map(asBytes);
  if (typeof reply === "number" || typeof reply === "string" || reply === null) return reply;
  throw new TypeError(`redis answered with a ${typeof reply}`);
}
