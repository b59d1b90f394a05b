import { describe, expect, it } from "vitest";
import { createMessageReader, type Message, type MessageReader } from "./message-reader.ts";

const reader = (kind: "request" | "response"): MessageReader => createMessageReader({ kind, mostBodyBytes: 1000 });

/** All messages of `text`, handed over `step` bytes at a time. */
function messagesOf(kind: "request" | "response", text: string, step: number): [string, string][] {
  const bytes = Buffer.from(text);
  const one = reader(kind);
  const found: Message[] = [];
  for (let at = 0; at < bytes.length; at += step) {
    one.push(bytes.subarray(at, at + step));
    for (let next = one.next(); next; next = one.next()) found.push(next);
  }
  return found.map(({ startLine, body }) => [startLine, body.toString()]);
}

describe("the reader of HTTP/1.1 messages", () => {
  it.each([1, 2, 7, 10_000])("gives the same messages when they come %i bytes at a time", (step) => {
    const requests =
      "PUT /a HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello" +
      "GET /b HTTP/1.1\r\nhost: x\r\n\r\n" +
      "POST /c HTTP/1.1\r\ncontent-length: 3\r\n\r\n\r\n!";
    expect(messagesOf("request", requests, step)).toEqual([
      ["PUT /a HTTP/1.1", "hello"],
      ["GET /b HTTP/1.1", ""],
      ["POST /c HTTP/1.1", "\r\n!"],
    ]);
    const responses =
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n" +
      "5;part=1\r\nhello\r\n6\r\n world\r\n0\r\ntrailer: t\r\n\r\n" +
      "HTTP/1.1 204 No Content\r\n\r\n" +
      "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 2\r\n\r\nno";
    expect(messagesOf("response", responses, step)).toEqual([
      ["HTTP/1.1 200 OK", "hello world"],
      ["HTTP/1.1 204 No Content", ""],
      ["HTTP/1.1 503 Service Unavailable", "no"],
    ]);
  });

  it("takes the end of the connection for the end of an answer without a length", () => {
    const one = reader("response");
    one.push(Buffer.from("HTTP/1.0 200 OK\r\n\r\nhel"));
    expect(one.next()).toBeUndefined();
    one.push(Buffer.from("lo"));
    expect(one.next()).toBeUndefined();
    expect(one.atEnd()?.body.toString()).toBe("hello");
    const cut = reader("response");
    cut.push(Buffer.from("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhel"));
    expect(cut.next()).toBeUndefined();
    expect(cut.atEnd()).toBeUndefined();
  });

  it("knows header names whatever their case, and joins repeated ones", () => {
    const one = reader("request");
    one.push(Buffer.from("GET / HTTP/1.1\r\nX-Region: west \r\nVia: a\r\nvia: b\r\n\r\n"));
    expect([...(one.next()?.headers ?? [])]).toEqual([
      ["x-region", "west"],
      ["via", "a, b"],
    ]);
  });

  it.each([
    ["a header without a colon", "GET / HTTP/1.1\r\nnonsense\r\n\r\n"],
    ["a space before the colon", "GET / HTTP/1.1\r\nhost : x\r\n\r\n"],
    ["a folded header", "GET / HTTP/1.1\r\na: b\r\n c\r\n\r\n"],
    ["a bare line feed in a value", "GET / HTTP/1.1\r\na: b\nc: d\r\n\r\n"],
    ["two lengths", "PUT / HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab"],
    ["a length that is none", "PUT / HTTP/1.1\r\ncontent-length: -1\r\n\r\n"],
    ["a request in chunks", "PUT / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"],
    ["a body that is too large", "PUT / HTTP/1.1\r\ncontent-length: 1001\r\n\r\n"],
    ["a head without an end", `GET / HTTP/1.1\r\na: ${"b".repeat(20_000)}`],
  ])("refuses %s", (_what, text) => {
    const read = (): void => {
      const one = reader("request");
      one.push(Buffer.from(text));
      one.next();
    };
    expect(read).toThrow(expect.objectContaining({ code: "BAD_INPUT" }));
  });

  it.each([
    ["what is not HTTP", "SSH-2.0-OpenSSH_9.2\r\n\r\n"],
    ["a chunk without a size", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n\r\n"],
  ])("refuses %s as an answer", (_what, text) => {
    const one = reader("response");
    one.push(Buffer.from(text));
    expect(() => one.next()).toThrow(expect.objectContaining({ code: "BAD_INPUT" }));
  });
});
