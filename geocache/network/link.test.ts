import { createHash } from "node:crypto";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { createConnection, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { waitFor } from "../../base/waits.ts";
import { createAlarm } from "./alarm.ts";
import { effectOn, type LinkEffect } from "./conditions.ts";
import { startLink, type RunningLink } from "./link.ts";

const MB = 1024 * 1024;
const place = { from: "edge", to: "eu", path: "clients" } as const;

let target: Server;
let link: RunningLink;
let onTarget: (socket: Socket) => void;

beforeEach(async () => {
  onTarget = (socket) => void socket.pipe(socket);
  target = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on("error", () => {});
    onTarget(socket);
  });
  await new Promise<void>((resolve) => target.listen(0, "127.0.0.1", resolve));
  const endpoint = { host: "127.0.0.1", port: (target.address() as AddressInfo).port, tls: false };
  const spec = { id: "l1", ...place, target: endpoint, baseLatencyMs: 0, listenHost: "127.0.0.1" };
  link = await startLink(spec, undefined, createAlarm());
});
afterEach(async () => {
  await link.close();
  target.close();
});

const delayed = (latencyMs: number): LinkEffect => effectOn({ ...place, baseLatencyMs: latencyMs }, []);

async function connect(): Promise<Socket> {
  const socket = createConnection({ port: link.port, host: "127.0.0.1", noDelay: true, allowHalfOpen: true });
  socket.on("error", () => {});
  await once(socket, "connect");
  return socket;
}

/** The target's end of the next connection, not read from yet. */
function nextAtTarget(): Promise<Socket> {
  return new Promise((resolve) => (onTarget = resolve));
}

describe("a link whose receiver is slow", () => {
  it.each([0, 20])("makes the sender wait and holds a bounded amount, then delivers all (%i ms)", async (latencyMs) => {
    link.apply(delayed(latencyMs));
    const reached = nextAtTarget();
    const client = await connect();
    const receiver = await reached;
    const sent = createHash("sha256");
    const pieces = 96;
    for (let n = 0; n < pieces; n += 1) {
      const piece = Buffer.alloc(MB, n);
      sent.update(piece);
      client.write(piece);
    }
    let waiting = client.writableLength;
    const stalled = async (): Promise<boolean> => {
      const before = waiting;
      await sleep(250);
      waiting = client.writableLength;
      return before === waiting;
    };
    await waitFor(stalled, { what: "the sender to stand still", timeoutMs: 15_000, intervalMs: 1 });
    // 8 MB of the link's own, and what the kernel buffers for four sockets.
    expect(pieces * MB - waiting).toBeLessThan(48 * MB);

    const received = createHash("sha256");
    let bytes = 0;
    receiver.on("data", (chunk: Buffer) => {
      received.update(chunk);
      bytes += chunk.length;
    });
    await waitFor(() => bytes === pieces * MB, { what: "all bytes", timeoutMs: 15_000, intervalMs: 5 });
    expect(received.digest("hex")).toBe(sent.digest("hex"));
    client.destroy();
    receiver.destroy();
  });
});

describe("a link that delays", () => {
  it("never delivers early", async () => {
    const latencyMs = 5;
    link.apply(delayed(latencyMs));
    const arrivedMs: number[] = [];
    onTarget = (socket) => socket.on("data", () => arrivedMs.push(performance.now()));
    const client = await connect();
    for (let n = 1; n <= 40; n += 1) {
      const sentMs = performance.now();
      client.write("x");
      await waitFor(() => arrivedMs.length === n, { what: "the byte", timeoutMs: 2000, intervalMs: 1 });
      expect((arrivedMs.at(-1) ?? 0) - sentMs).toBeGreaterThanOrEqual(latencyMs);
    }
    client.destroy();
  });

  it("delays the end of a connection as it delays its bytes", async () => {
    link.apply(delayed(80));
    let endedMs = 0;
    onTarget = (socket) => socket.resume().on("end", () => (endedMs = performance.now()));
    const client = await connect();
    const startMs = performance.now();
    client.end();
    await waitFor(() => endedMs > 0, { what: "the end", timeoutMs: 3000, intervalMs: 1 });
    expect(endedMs - startMs).toBeGreaterThanOrEqual(80);
    client.destroy();
  });
});

describe("connections through a link", () => {
  it("stay open one way when one side has said all it had to say, whichever side", async () => {
    for (const first of ["client", "target"] as const) {
      const reached = nextAtTarget();
      const client = await connect();
      const other = await reached;
      const [done, talker] = first === "client" ? [client, other] : [other, client];
      talker.resume();
      done.end("last words");
      await once(talker, "end");
      let heard = "";
      done.on("data", (chunk: Buffer) => (heard += chunk.toString()));
      talker.end("still here");
      await once(done, "end");
      expect(heard).toBe("still here");
    }
    await waitFor(() => link.describe().openConnections === 0, { what: "no connection", timeoutMs: 3000 });
  });

  it("leave nothing behind after a thousand of them, ended and reset", async () => {
    const openFiles = async (): Promise<number> => (await readdir("/proc/self/fd").catch(() => [])).length;
    const before = await openFiles();
    const once50 = Array.from({ length: 50 }, (_, n) => n);
    for (let round = 0; round < 20; round += 1) {
      await Promise.all(
        once50.map(async (n) => {
          const client = await connect();
          client.write("x");
          await once(client, "data");
          if (n % 2 === 0) client.end();
          else client.resetAndDestroy();
        }),
      );
    }
    const none = (): boolean => link.describe().openConnections === 0;
    await waitFor(none, { what: "no connection in the link", timeoutMs: 5000 });
    const left = (): Promise<number> => new Promise((resolve) => target.getConnections((_, count) => resolve(count)));
    await waitFor(async () => (await left()) === 0, { what: "no connection at the target", timeoutMs: 5000 });
    await waitFor(async () => (await openFiles()) <= before, { what: "the files to be closed", timeoutMs: 5000 });
  });
});
