import { LifeboatError } from "../errors.ts";
import { listsWord, type Head } from "./head.ts";

/** How a message says where its body ends (RFC 9112 section 6). */
export type Framing =
  | { readonly kind: "length"; readonly bytes: number }
  | { readonly kind: "chunked" }
  | { readonly kind: "until-close" };
/** A body and where in the buffer the next message begins. */
export type Taken = { readonly body: Buffer; readonly end: number };

const none: Framing = { kind: "length", bytes: 0 };
const WITHOUT_BODY = new Set([204, 304]);

/** @throws BAD_INPUT for a length that is none, and for a body sent in chunks: a request must say its length */
export function framingOfRequest(head: Head): Framing {
  if (head.headers.has("transfer-encoding")) {
    throw new LifeboatError("BAD_INPUT", "a request's body must be sent with a content-length");
  }
  return lengthOf(head) ?? none;
}

/** @throws BAD_INPUT for a length that is none */
export function framingOfResponse(head: Head, status: number): Framing {
  if (WITHOUT_BODY.has(status)) return none;
  if (listsWord(head.headers, "transfer-encoding", "chunked")) return { kind: "chunked" };
  return lengthOf(head) ?? { kind: "until-close" };
}

function lengthOf(head: Head): Framing | undefined {
  const value = head.headers.get("content-length");
  if (value === undefined) return undefined;
  if (!/^\d{1,12}$/.test(value)) throw new LifeboatError("BAD_INPUT", "malformed content-length");
  return { kind: "length", bytes: Number(value) };
}

/** The body of `length` bytes that starts at `from`; undefined while it is incomplete. */
export function takeLength(buffer: Buffer, from: number, length: number): Taken | undefined {
  const end = from + length;
  return buffer.length < end ? undefined : { body: buffer.subarray(from, end), end };
}

/** The chunked body that starts at `from`, trailers dropped; undefined while it is incomplete. @throws BAD_INPUT */
export function takeChunked(buffer: Buffer, from: number): Taken | undefined {
  const chunks: Buffer[] = [];
  for (let at = from; ;) {
    const lineEnd = buffer.indexOf("\r\n", at);
    if (lineEnd < 0) return undefined;
    const size = sizeOfChunk(buffer.toString("latin1", at, lineEnd));
    const begin = lineEnd + 2;
    if (size === 0) return endOfTrailers(buffer, begin, chunks);
    const chunk = takeLength(buffer, begin, size);
    if (!chunk || buffer.length < chunk.end + 2) return undefined;
    chunks.push(chunk.body);
    at = chunk.end + 2;
  }
}

function sizeOfChunk(line: string): number {
  const digits = /^([0-9a-f]{1,8})[ \t]*(?:;|$)/i.exec(line)?.[1];
  if (digits === undefined) throw new LifeboatError("BAD_INPUT", "malformed chunk of a body");
  return Number.parseInt(digits, 16);
}

function endOfTrailers(buffer: Buffer, from: number, chunks: readonly Buffer[]): Taken | undefined {
  for (let at = from; ;) {
    const lineEnd = buffer.indexOf("\r\n", at);
    if (lineEnd < 0) return undefined;
    if (lineEnd === at) return { body: Buffer.concat(chunks), end: at + 2 };
    at = lineEnd + 2;
  }
}
