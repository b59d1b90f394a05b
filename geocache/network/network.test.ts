import { mkdtemp, rm } from "node:fs/promises";
import { createConnection, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { monoNs } from "../../base/clocks.ts";
import { createLog } from "../../base/log.ts";
import { waitFor } from "../../base/waits.ts";
import type { Condition, ConditionEffect, LinkSpec } from "../../contracts/network.ts";
import { openNetwork, type Network } from "./network.ts";
import { createStateFile } from "./state.ts";

let home: string;
let network: Network;
let echo: Server;
const open = (): Promise<Network> => openNetwork(createStateFile(home), createLog("test"));

beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), "lifeboat-network-"));
  echo = createServer({ allowHalfOpen: true }, (socket) => socket.on("error", () => {}).pipe(socket));
  await new Promise<void>((resolve) => echo.listen(0, "127.0.0.1", resolve));
  network = await open();
});
afterEach(async () => {
  await network.close();
  echo.close();
  await rm(home, { recursive: true, force: true });
});

async function link(baseLatencyMs = 0): Promise<number> {
  const target = { host: "127.0.0.1", port: (echo.address() as AddressInfo).port, tls: false };
  const spec: LinkSpec = {
    id: "l1",
    from: "edge",
    to: "eu",
    path: "clients",
    target,
    baseLatencyMs,
    listenHost: "127.0.0.1",
  };
  return (await network.putLink(spec)).endpoint.port;
}

function condition(effect: ConditionEffect, options: { from?: string; to?: string; forMs?: number } = {}): Condition {
  const { from = "edge", to = "eu", forMs = 30_000 } = options;
  const endsAtMonoNs = (monoNs() + BigInt(forMs) * 1_000_000n).toString();
  return { id: "c1", selectors: [{ from, to, path: "all" }], effect, endsAtMonoNs };
}

type Client = { socket: Socket; text: () => string; outcome: () => string | undefined };

async function connect(port: number): Promise<Client> {
  const socket = createConnection({ port, host: "127.0.0.1", noDelay: true });
  let text = "";
  let outcome: string | undefined;
  socket.on("data", (chunk) => (text += chunk.toString()));
  socket.on("error", (error: NodeJS.ErrnoException) => (outcome = error.code));
  socket.on("end", () => (outcome ??= "end"));
  await Promise.race([once(socket, "connect"), once(socket, "close")]).catch(() => {});
  return { socket, text: () => text, outcome: () => outcome };
}

const heard = (client: Client, text: string): Promise<true> =>
  waitFor(() => client.text() === text && true, { what: `"${text}"`, timeoutMs: 3000, intervalMs: 1 });
const outcome = (client: Client): Promise<string> =>
  waitFor(client.outcome, { what: "the connection's end", timeoutMs: 3000, intervalMs: 2 });
const aWhile = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 120));

async function roundTripMs(client: Client): Promise<number> {
  const before = client.text();
  const startMs = performance.now();
  client.socket.write("x");
  await heard(client, `${before}x`);
  return performance.now() - startMs;
}

describe("a link", () => {
  it("delays each direction by its base latency and a condition's on top", async () => {
    const client = await connect(await link(20));
    await roundTripMs(client);
    expect(await roundTripMs(client)).toBeGreaterThanOrEqual(40);
    await network.putCondition(condition({ kind: "latency", latencyMs: 60, jitterMs: 0 }));
    const slowMs = await roundTripMs(client);
    expect(slowMs).toBeGreaterThanOrEqual(100);
    expect(slowMs).toBeLessThan(400);
    client.socket.destroy();
  });

  it("keeps the order of bytes under jitter and carries a half-close through", async () => {
    const client = await connect(await link());
    await network.putCondition(condition({ kind: "latency", latencyMs: 1, jitterMs: 15 }));
    const sent = Array.from({ length: 200 }, (_, n) => `${n},`);
    for (const piece of sent) client.socket.write(piece);
    client.socket.end();
    expect(await outcome(client)).toBe("end");
    expect(client.text()).toBe(sent.join(""));
  });

  it("paces to the bandwidth it is given", async () => {
    const client = await connect(await link());
    await network.putCondition(condition({ kind: "bandwidth", bytesPerSecond: 100_000 }));
    const startMs = performance.now();
    client.socket.write("y".repeat(50_000));
    await waitFor(() => client.text().length === 50_000, { what: "all bytes", timeoutMs: 5000, intervalMs: 5 });
    expect(performance.now() - startMs).toBeGreaterThan(430);
    client.socket.destroy();
  });

  it("is silent under a partition, also to new connections, and delivers once it is over", async () => {
    const port = await link();
    const old = await connect(port);
    await network.putCondition(condition({ kind: "partition" }));
    const fresh = await connect(port);
    old.socket.write("old");
    fresh.socket.write("new");
    await aWhile();
    expect([old.text(), fresh.text(), old.outcome(), fresh.outcome()]).toEqual(["", "", undefined, undefined]);
    await network.removeCondition("c1");
    await Promise.all([heard(old, "old"), heard(fresh, "new")]);
    old.socket.destroy();
    fresh.socket.destroy();
  });

  it("loses one direction only: what was sent arrives, the answer waits", async () => {
    const received: string[] = [];
    echo.on("connection", (socket: Socket) => socket.on("data", (chunk) => received.push(chunk.toString())));
    const client = await connect(await link());
    await roundTripMs(client);
    await network.putCondition(condition({ kind: "loss" }, { from: "eu", to: "edge" }));
    client.socket.write("there");
    await waitFor(() => received.join("") === "xthere", { what: "the bytes at the target", timeoutMs: 2000 });
    await aWhile();
    expect(client.text()).toBe("x");
    await network.removeCondition("c1");
    await heard(client, "xthere");
    client.socket.destroy();
  });

  it("resets open and new connections", async () => {
    const port = await link();
    const old = await connect(port);
    await roundTripMs(old);
    await network.putCondition(condition({ kind: "reset" }));
    expect(await outcome(old)).toBe("ECONNRESET");
    expect(await outcome(await connect(port))).toBe("ECONNRESET");
  });

  it("looks like a reset when nothing listens at the target", async () => {
    const port = await link();
    await new Promise((resolve) => echo.close(resolve));
    expect(await outcome(await connect(port))).toBe("ECONNRESET");
  });
});

describe("the network", () => {
  it("ends a condition by itself although nobody calls", async () => {
    const client = await connect(await link());
    await network.putCondition(condition({ kind: "partition" }, { forMs: 400 }));
    client.socket.write("waited");
    await aWhile();
    expect(client.text()).toBe("");
    await heard(client, "waited");
    expect(network.conditions()).toEqual([]);
    client.socket.destroy();
  });

  it("keeps ports and conditions over a restart", async () => {
    const port = await link();
    await network.putCondition(condition({ kind: "partition" }, { forMs: 60_000 }));
    await network.close();
    network = await open();
    expect(network.links()).toMatchObject([{ endpoint: { port }, conditions: ["c1"] }]);
    expect(await link()).toBe(port);
  });
});
