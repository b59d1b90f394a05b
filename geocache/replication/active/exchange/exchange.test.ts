import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, describe, it } from "vitest";
import type { Operation } from "../operation.ts";
import { secretNames } from "../secrets.ts";
import { batchOf } from "../store/batch-of.ts";
import { LogIndex } from "../store/log-index.ts";
import { Inbound } from "../syncer/inbound.ts";
import { readBatch } from "../codec/batch.ts";
import { createProvider, type Provider } from "./provider.ts";
import { subscribe, type Subscription } from "./subscription.ts";

const LOOPBACK = "127.0.0.1";
const SOON = { timeout: 20_000, interval: 10 };
const names = secretNames("c0ffee");
const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

/** Operations `from` to `to` of one origin, each setting a key to a value of the size. */
function batch(from: number, to: number, bytes = 10): Buffer {
  const operations = Array.from({ length: to - from + 1 }, (_, at): Operation => {
    const value = "x".repeat(bytes);
    const effect = { kind: "set", key: `k${from + at}`, value, ttl: { kind: "none" } } as const;
    return { origin: "m1/1", seq: from + at, hlcUs: from + at, seen: new Map(), effect };
  });
  return batchOf(operations, names).bytes;
}

function frame(type: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(5);
  header.writeUInt32BE(payload.length);
  header.writeUInt8(type, 4);
  return Buffer.concat([header, payload]);
}

type Pulled = { readonly inbound: Inbound; readonly subscription: Subscription };

async function pullFrom(server: Server): Promise<Pulled> {
  server.listen(0, LOOPBACK);
  await once(server, "listening");
  // Whatever listens has an address of this kind
  const { port } = server.address() as AddressInfo;
  const inbound = new Inbound();
  const subscription = subscribe({
    endpoint: { host: LOOPBACK, port, tls: false },
    token: "group",
    member: "m0",
    epoch: 1,
    origin: "m0/1",
    have: () => new Map(),
    onBatch: (bytes) => inbound.add(readBatch(bytes), new Map()),
    onFullSyncNeeded: () => undefined,
  });
  closers.push(
    () => subscription.close(),
    () => server.close(),
  );
  return { inbound, subscription };
}

/** A peer that says the first of these to whoever connects first, the second to the second, and then always the last. */
function peerThatSays(...turns: readonly ((socket: Socket) => unknown)[]): Server {
  let connections = 0;
  return createServer((socket) => {
    socket.on("error", () => undefined);
    closers.push(() => socket.destroy());
    turns[Math.min(connections, turns.length - 1)]?.(socket);
    connections += 1;
  });
}

describe("a member that pulls", () => {
  const good = (socket: Socket): unknown => socket.write(frame(1, batch(1, 3)));
  const bad: readonly [string, (socket: Socket) => unknown][] = [
    ["sends garbage", (socket) => socket.write(Buffer.from("GET / HTTP/1.1\r\nHost: nobody\r\n\r\n"))],
    ["announces more than there can be", (socket) => socket.write(Buffer.from([0xff, 0xff, 0xff, 0xff, 1]))],
    ["sends a word that is none", (socket) => socket.write(frame(0, Buffer.from('{"kind":"anything"}')))],
    ["sends half a batch as if it were whole", (socket) => socket.write(frame(1, batch(1, 3).subarray(0, -4)))],
    ["dies in the middle of a frame", (socket) => socket.end(frame(1, batch(1, 3)).subarray(0, 20))],
    ["passes operations over", (socket) => socket.write(frame(1, batch(2, 3)))],
    ["sends a snapshot that nobody asked for", (socket) => socket.write(frame(2, Buffer.from("REDIS0010")))],
  ];

  it.each(bad)("takes nothing of a peer that %s, and connects again", async (_, misbehave) => {
    const { inbound } = await pullFrom(peerThatSays(misbehave, good));
    await expect.poll(() => inbound.size, SOON).toBe(3);
    expect(inbound.take(new Map(), { operations: 10, bytes: 1000 }).map(({ seq }) => seq)).toEqual([1, 2, 3]);
  });

  it("waits for a frame that comes byte by byte", async () => {
    const trickle = async (socket: Socket): Promise<void> => {
      for (const byte of frame(1, batch(1, 3))) {
        socket.write(Buffer.from([byte]));
        await sleep(1);
      }
    };
    const { inbound } = await pullFrom(peerThatSays(trickle));
    await expect.poll(() => inbound.size, SOON).toBe(3);
  });

  it("gives up a connection in which nothing comes any more", async () => {
    const { inbound, subscription } = await pullFrom(peerThatSays(() => undefined, good));
    await expect.poll(() => inbound.size, SOON).toBe(3);
    expect(subscription.heardAgoMs()).toBeGreaterThanOrEqual(0);
  });
});

describe("a member that is pulled from", () => {
  const index = new LogIndex();
  index.add({ origin: "m1/1", firstSeq: 1, lastSeq: 3, key: "a", bytes: batch(1, 3) });

  async function provide(offered = index): Promise<number> {
    const provider: Provider = createProvider({
      token: "group",
      epoch: () => 4,
      isMember: (member) => ["m0", "m1"].includes(member),
      offer: () => ({ origin: "m1/1", index: offered }),
      isFormer: () => false,
      onHello: () => undefined,
      onAcknowledged: () => undefined,
      onQuestion: (socket) => socket.destroy(),
    });
    closers.push(() => provider.close());
    return await provider.listen(LOOPBACK, 0);
  }

  /** Everything that comes until the other side ends the connection, or until there is enough. */
  async function said(port: number, word: Buffer, enoughBytes = Infinity): Promise<Buffer> {
    const socket = connect(port, LOOPBACK);
    closers.push(() => socket.destroy());
    socket.on("error", () => undefined);
    socket.write(word);
    let answer = Buffer.alloc(0);
    const { promise, resolve } = Promise.withResolvers<Buffer>();
    socket.on("data", (chunk) => {
      answer = Buffer.concat([answer, chunk]);
      if (answer.length >= enoughBytes) resolve(answer);
    });
    socket.on("close", () => resolve(answer));
    return await promise;
  }

  const hello = { kind: "hello", token: "group", member: "m0", origin: "m0/1", epoch: 4, have: [], relay: [] };
  const say = (changes: object): Buffer => frame(0, Buffer.from(JSON.stringify({ ...hello, ...changes })));

  it.each([
    ["the token is not the group's", { token: "another" }],
    ["m9 is not a member of the group", { member: "m9" }],
    ["the group is at epoch 4, not 3", { epoch: 3 }],
  ])("refuses and says why: %s", async (reason, changes) => {
    const answer = await said(await provide(), say(changes));
    expect(answer.subarray(5).toString()).toBe(JSON.stringify({ kind: "refused", reason }));
  });

  it.each([
    ["garbage", Buffer.from("PING\r\nPING\r\nPING\r\n")],
    ["a batch", frame(1, batch(1, 3))],
    ["an acknowledgement before it has said who it is", frame(0, Buffer.from('{"kind":"ack","epoch":4}'))],
    ["nothing at all", Buffer.alloc(0)],
  ])("ends the connection of whoever sends %s, and serves the others", async (_, word) => {
    const port = await provide();
    expect(await said(port, word)).toEqual(Buffer.alloc(0));
    const whole = frame(1, batch(1, 3));
    expect(await said(port, say({}), whole.length)).toEqual(whole);
  });

  it("keeps no more for a slow one than its connection holds", async () => {
    const large = new LogIndex();
    const batches = 100;
    for (let at = 1; at <= batches; at += 1)
      large.add({ origin: "m1/1", firstSeq: at, lastSeq: at, key: `${at}`, bytes: batch(at, at, 500_000) });
    const port = await provide(large);
    const before = process.memoryUsage().external;
    const socket = connect(port, LOOPBACK);
    closers.push(() => socket.destroy());
    socket.pause();
    socket.write(say({}));
    await sleep(500);
    expect(process.memoryUsage().external - before).toBeLessThan((large.byteLength * 3) / 4);
    let carried = 0;
    socket.on("data", (chunk) => (carried += chunk.length));
    socket.resume();
    await expect.poll(() => carried, SOON).toBeGreaterThanOrEqual(large.byteLength);
  });
});
