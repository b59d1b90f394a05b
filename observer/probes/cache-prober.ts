import type { StreamSpec } from "../../contracts/observer.ts";
import { endOfFailure, type Prober } from "./prober.ts";
import { openRespConnection, type Reply, type RespConnection } from "./resp-connection.ts";

type CacheTarget = Extract<StreamSpec["target"], { kind: "cache" }>;

/** Silent connections that are kept for their late answers; the oldest goes when there are more. */
const maxSilentConnections = 8;

/**
 * Knocks at a cache with GET or SET of one key. All probes share a connection, pipelined. There is no reconnect
 * timer: a probe that finds no connection makes one, so that every sample stands for something really tried.
 * A connection that has been silent for long gets a successor: after a cut it may never speak again.
 */
export function createCacheProber(stream: StreamSpec, target: CacheTarget): Prober {
  const key = `lifeboat:probe:${stream.name}`;
  const silentAfterMs = Math.max(1000, 2 * stream.timeoutMs);
  const silent: RespConnection[] = [];
  let current: RespConnection | undefined;

  function connection(): RespConnection {
    if (current?.isOpen() && !isSilent(current, silentAfterMs)) return current;
    if (current?.isOpen()) retire(current);
    current = openRespConnection(target.endpoint, target);
    return current;
  }
  function retire(old: RespConnection): void {
    silent.push(old);
    if (silent.length > maxSilentConnections) silent.shift()?.destroy();
  }
  function clearAnswered(): void {
    for (let at = silent.length - 1; at >= 0; at -= 1) {
      if (silent[at]?.oldestPendingMs() === undefined) silent.splice(at, 1)[0]?.destroy();
    }
  }
  return {
    send(n, done) {
      let abandoned = false;
      if (silent.length > 0) clearAnswered();
      const command = stream.op === "read" ? ["GET", key] : ["SET", key, String(n)];
      connection().command(command, (reply) => {
        if (!abandoned) done(endOf(reply));
      });
      return () => {
        abandoned = true;
      };
    },
    close: async () => {
      for (const open of [...silent, current]) open?.destroy();
    },
  };
}

function isSilent(connection: RespConnection, silentAfterMs: number): boolean {
  const oldestMs = connection.oldestPendingMs();
  return oldestMs !== undefined && performance.now() - oldestMs > silentAfterMs;
}

function endOf(reply: Reply | Error): ReturnType<typeof endOfFailure> {
  if (reply instanceof Error) return endOfFailure(reply);
  return reply.kind === "error" ? "refused" : "ok";
}
