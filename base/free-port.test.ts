import { once } from "node:events";
import { createServer } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { freePort } from "./free-port.ts";

const server = createServer();
afterEach(() => void server.close());

describe("a free port", () => {
  it("is the wished one, or another when that is taken", async () => {
    const wished = await freePort();
    expect(await freePort(wished)).toBe(wished);
    await once(server.listen(wished, "127.0.0.1"), "listening");
    expect(await freePort(wished)).not.toBe(wished);
  });

  it("is none that the system would give to an outgoing connection", async () => {
    const ports = await Promise.all(Array.from({ length: 50 }, () => freePort()));
    expect(Math.max(...ports)).toBeLessThan(32_768);
    expect(new Set(ports).size).toBeGreaterThan(40);
  });
});
