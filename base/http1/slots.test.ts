import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { createHttpSlots, type HttpAttempt, type HttpEnd, type HttpSlots } from "./slots.ts";

const opened: { slots: HttpSlots; server: Server }[] = [];
afterEach(() => {
  for (const { slots, server } of opened.splice(0)) {
    slots.close();
    server.close();
  }
});

async function slotsTo(server: Server, idleMs = 1000): Promise<HttpSlots> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const slots = createHttpSlots(`http://127.0.0.1:${port}`, { connectTimeoutMs: 2000, idleMs });
  opened.push({ slots, server });
  return slots;
}

function ask(slots: HttpSlots, path = "/"): Promise<{ end: HttpEnd; attempt: HttpAttempt }> {
  return new Promise((resolve) => {
    const attempt = slots.send({ method: "GET", path, headers: {} }, (end) => resolve({ end, attempt }));
  });
}

const textOf = (end: HttpEnd): string => (end.kind === "answer" ? end.body.toString() : end.error.message);

describe("HTTP over slots", () => {
  it("uses one connection for one request after the other, and a second one for two at a time", async () => {
    const server = createHttpServer((request, response) => response.end(request.url));
    let connections = 0;
    server.on("connection", () => (connections += 1));
    const slots = await slotsTo(server);
    for (const path of ["/1", "/2", "/3"]) expect(textOf((await ask(slots, path)).end)).toBe(path);
    expect(connections).toBe(1);
    const both = await Promise.all([ask(slots, "/4"), ask(slots, "/5")]);
    expect(both.map(({ end }) => textOf(end))).toEqual(["/4", "/5"]);
    expect(connections).toBe(2);
  });

  it("reads what any server sends: in chunks, without a length, with a farewell", async () => {
    const server = createHttpServer((request, response) => {
      if (request.url === "/close") response.shouldKeepAlive = false;
      if (request.url === "/endless") {
        return void request.socket.end("HTTP/1.0 200 OK\r\n\r\nuntil the end");
      }
      response.write("in ");
      response.end("chunks");
    });
    const slots = await slotsTo(server);
    expect(textOf((await ask(slots, "/chunked")).end)).toBe("in chunks");
    expect(textOf((await ask(slots, "/close")).end)).toBe("in chunks");
    expect(textOf((await ask(slots, "/endless")).end)).toBe("until the end");
    expect(textOf((await ask(slots, "/chunked")).end)).toBe("in chunks");
  });

  it("says of a refused connection that nothing was sent, and of a reset that something was", async () => {
    const server = createServer((socket: Socket) => socket.once("data", () => socket.resetAndDestroy()));
    const slots = await slotsTo(server);
    const reset = await ask(slots);
    expect([reset.end.kind, reset.attempt.wasSent()]).toEqual(["failed", true]);
    server.close();
    const refused = await ask(slots);
    expect([refused.end.kind, refused.attempt.wasSent()]).toEqual(["failed", false]);
  });

  it("fails a request when the server goes away, or sends no HTTP", async () => {
    const farewell = await slotsTo(createServer((socket) => socket.once("data", () => socket.end())));
    expect((await ask(farewell)).end).toMatchObject({ kind: "failed", error: { code: "ECONNRESET" } });
    const nonsense = await slotsTo(createServer((socket) => socket.once("data", () => socket.write("ho\r\n\r\n"))));
    expect((await ask(nonsense)).end).toMatchObject({ kind: "failed", error: { code: "BAD_INPUT" } });
  });

  it("tells nothing more of an abandoned request, and does not reuse its connection", async () => {
    let late: (() => void) | undefined;
    const server = createHttpServer((request, response) => {
      if (request.url === "/late") late = () => response.end("late");
      else response.end("prompt");
    });
    const slots = await slotsTo(server);
    let told = 0;
    const attempt = slots.send({ method: "GET", path: "/late", headers: {} }, () => (told += 1));
    await expect.poll(() => late, { timeout: 5000 }).toBeDefined();
    attempt.abandon();
    late?.();
    expect(textOf((await ask(slots, "/prompt")).end)).toBe("prompt");
    expect(told).toBe(0);
  });

  it("does not use a connection that the server has closed meanwhile", async () => {
    const server = createHttpServer({ keepAliveTimeout: 1 }, (request, response) => response.end(request.url));
    const slots = await slotsTo(server, 60_000);
    expect(textOf((await ask(slots, "/1")).end)).toBe("/1");
    server.closeIdleConnections();
    await expect
      .poll(
        () =>
          new Promise((resolve) => {
            server.getConnections((_error, count) => resolve(count));
          }),
        { timeout: 5000 },
      )
      .toBe(0);
    // Its end is read within a few turns of the event loop.
    for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    expect(textOf((await ask(slots, "/2")).end)).toBe("/2");
  });
});
