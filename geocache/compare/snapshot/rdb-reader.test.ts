import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Tally, type Tallied } from "../digest/tally.ts";
import { startServers } from "../servers.test-helper.ts";
import { ByteSource } from "./byte-source.ts";
import { Crc64 } from "./crc64.ts";
import { readSnapshot } from "./rdb-reader.ts";
import { openSnapshot } from "./snapshot-connection.ts";

/** A snapshot as a real redis sends it, without what comes behind it. */
async function realSnapshot(): Promise<Buffer> {
  const { servers, stop } = await startServers([{}]);
  try {
    const [server] = servers;
    if (server === undefined) throw new RangeError("no server");
    await server.client.set("text", "compressible ".repeat(20), "PX", 1e9);
    await server.client.zadd("zset", 1.5, "a", -3, "b");
    await server.client.rpush("list", "1", "two", "3".repeat(100));
    const snapshot = await openSnapshot(server.member);
    const chunks: Buffer[] = [];
    for await (const chunk of snapshot.chunks) {
      chunks.push(chunk);
      if (endsWhole(Buffer.concat(chunks))) break;
    }
    return Buffer.concat(chunks);
  } finally {
    await stop();
  }
}

function endsWhole(bytes: Buffer): boolean {
  try {
    return tally(bytes).keys > 0;
  } catch {
    return false;
  }
}

/** Hands over `atOnce` bytes at a time. */
function tally(bytes: Buffer, atOnce = 1000): Tallied {
  let at = 0;
  const source = new ByteSource((into, from) => {
    const count = bytes.copy(into, from, at, at + atOnce);
    at += count;
    return count;
  });
  const visitor = new Tally({ cutoffMs: 0, interest: new Uint8Array(65_536) });
  readSnapshot(source, visitor);
  return visitor.result();
}

describe("a snapshot", () => {
  it("is the same however its bytes arrive, and is refused when any of them is another or missing", async () => {
    const bytes = await realSnapshot();
    const whole = tally(bytes);
    expect(whole).toMatchObject({ keys: 3, elements: 6 });
    expect(tally(bytes, 1).bucketSums).toEqual(whole.bucketSums);
    // Behind the checksum come the mark of its end and the stream.
    const length = lengthOf(bytes);
    fc.assert(
      fc.property(fc.nat(length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const damaged = Buffer.from(bytes.subarray(0, length));
        damaged[at] = (damaged[at] ?? 0) ^ change;
        expect(() => tally(damaged)).toThrow(Error);
        expect(() => tally(Buffer.from(bytes.subarray(0, at)))).toThrow("the snapshot ends in the middle");
      }),
    );
  });
});

function lengthOf(bytes: Buffer): number {
  for (let length = 1; length < bytes.length; length += 1) if (endsWhole(bytes.subarray(0, length))) return length;
  return bytes.length;
}

describe("its checksum", () => {
  it("is the one that redis computes", () => {
    const expected = Buffer.from("cad9b8c414d9c6e9", "hex");
    for (const split of [0, 1, 8, 9]) {
      const crc = new Crc64();
      const digits = Buffer.from("123456789");
      crc.update(digits, 0, split);
      crc.update(digits, split, digits.length);
      expect(crc.matches(expected, 0)).toBe(true);
    }
    expect(new Crc64().matches(expected, 0)).toBe(false);
  });
});
