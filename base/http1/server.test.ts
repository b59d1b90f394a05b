import { once } from "node:events";
import { connect, type AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createMixedServer, type MixedServer } from "./server.ts";

let mixed: MixedServer;
let port = 0;
beforeAll(async () => {
  mixed = createMixedServer({
    isControl: (url) => url.startsWith("/control"),
    control: (request, response) => request.pipe(response.setHeader("x-by", "control")),
    serve: async ({ method, url, body }) => {
      if (url === "/slow") await sleep(50);
      return { status: 200, headers: { "x-by": "users" }, body: `${method} ${url} ${body.toString()}` };
    },
    idleMs: 10_000,
  });
  mixed.server.listen(0, "127.0.0.1");
  await once(mixed.server, "listening");
  port = (mixed.server.address() as AddressInfo).port;
});
afterAll(() => {
  mixed.closeUserConnections();
  mixed.server.closeAllConnections();
  mixed.server.close();
});

/** Everything the server answers to these bytes, sent piece by piece, until it closes the connection. */
async function answersTo(...pieces: string[]): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  const closed = once(socket, "close");
  let answers = "";
  socket.on("data", (chunk: Buffer) => (answers += chunk.toString()));
  for (const piece of pieces) {
    socket.write(piece);
    await sleep(5);
  }
  await closed;
  return answers;
}

const last = "connection: close\r\n\r\n";

describe("a server for users and operators on one port", () => {
  it("answers users and operators, also in turn", async () => {
    for (const path of ["/a", "/control/b", "/c", "/control/d"]) {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method: "POST", body: "hello" });
      const isControl = path.startsWith("/control");
      expect(answer.headers.get("x-by")).toBe(isControl ? "control" : "users");
      expect(await answer.text()).toBe(isControl ? "hello" : `POST ${path} hello`);
    }
  });

  it("answers requests that come at once in their order", async () => {
    const answers = await answersTo(`GET /slow HTTP/1.1\r\n\r\nGET /quick HTTP/1.1\r\n${last}`);
    expect(answers.indexOf("GET /slow")).toBeGreaterThan(0);
    expect(answers.indexOf("GET /quick")).toBeGreaterThan(answers.indexOf("GET /slow"));
  });

  it("hands a connection of users on when it asks for a control path, however the bytes come", async () => {
    const answers = await answersTo(
      "GET /a HTTP/1.1\r\n\r\nPUT /con",
      "trol/x HTTP/1.1\r\nhost: x\r\ncontent-le",
      "ngth: 5\r\n\r\nhe",
      "llo",
    );
    expect(answers).toContain("GET /a");
    expect(answers).toContain("x-by: control");
    expect(answers).toContain("hello");
  });

  it.each([
    ["no HTTP at all", "\u0016\u0003\u0001 nonsense\r\n\r\n"],
    ["a malformed header", `GET / HTTP/1.1\r\nnonsense\r\n\r\n`],
    ["a path with a space", "GET /a b HTTP/1.1\r\n\r\n"],
    ["a body above the limit", "PUT /a HTTP/1.1\r\ncontent-length: 1048577\r\n\r\n"],
  ])("answers %s with 400 and ends the connection", async (_what, bytes) => {
    expect(await answersTo(bytes)).toMatch(/^HTTP\/1\.1 400 [^]*BAD_INPUT/);
  });
});
