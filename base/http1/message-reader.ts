import { LifeboatError } from "../errors.ts";
import { framingOfRequest, framingOfResponse, takeChunked, takeLength, type Framing, type Taken } from "./bodies.ts";
import { parseHead, type Head, type Headers } from "./head.ts";

export type Message = { readonly startLine: string; readonly headers: Headers; readonly body: Buffer };

export type MessageReader = {
  /** Takes what came over the wire. @throws BAD_INPUT for what is not HTTP/1.1 or too large */
  push(chunk: Buffer): void;
  /** The next message, once it is there as a whole. @throws BAD_INPUT */
  next(): Message | undefined;
  /** The message that the end of the connection completes: a response without a length. */
  atEnd(): Message | undefined;
  /** The bytes of a message that has not begun to be read; empty in the middle of one. */
  ahead(): Buffer;
  /** The same, for somebody else to read. */
  takeAhead(): Buffer;
  /** Whether nothing of a next message has come. */
  isEmpty(): boolean;
};

type Limits = { readonly kind: "request" | "response"; readonly mostBodyBytes: number };

const MOST_HEAD_BYTES = 16_384;
const nothing = Buffer.alloc(0);

/** Cuts the bytes of a connection into HTTP/1.1 messages. Messages are small: each is handed out as a whole. */
export function createMessageReader(limits: Limits): MessageReader {
  let unread: Buffer = nothing;
  let begun: { readonly head: Head; readonly framing: Framing } | undefined;

  function begin(): void {
    const end = unread.indexOf("\r\n\r\n");
    if (end > MOST_HEAD_BYTES || (end < 0 && unread.length > MOST_HEAD_BYTES)) {
      throw new LifeboatError("BAD_INPUT", `a head has at most ${MOST_HEAD_BYTES} bytes`);
    }
    if (end < 0) return;
    const head = parseHead(unread.toString("latin1", 0, end));
    unread = unread.subarray(end + 4);
    const status = limits.kind === "response" ? statusOf(head.startLine) : undefined;
    // An interim response (100 Continue, 103 Early Hints) has no body; the real one follows.
    if (status !== undefined && status < 200) return begin();
    begun = { head, framing: status === undefined ? framingOfRequest(head) : framingOfResponse(head, status) };
    if (begun.framing.kind === "length") checkSize(begun.framing.bytes, limits);
  }
  function finish(taken: Taken, head: Head): Message {
    begun = undefined;
    unread = taken.end === unread.length ? nothing : unread.subarray(taken.end);
    return { startLine: head.startLine, headers: head.headers, body: taken.body };
  }
  return {
    push(chunk) {
      unread = unread.length === 0 ? chunk : Buffer.concat([unread, chunk]);
      checkSize(unread.length - MOST_HEAD_BYTES, limits);
    },
    next() {
      if (!begun) begin();
      const taken = begun && takeBody(unread, begun.framing);
      return taken && begun && finish(taken, begun.head);
    },
    atEnd: () =>
      begun?.framing.kind === "until-close" ? finish({ body: unread, end: unread.length }, begun.head) : undefined,
    ahead: () => (begun ? nothing : unread),
    takeAhead() {
      const left = unread;
      unread = nothing;
      return left;
    },
    isEmpty: () => unread.length === 0 && begun === undefined,
  };
}

/** The status code of a response. @throws BAD_INPUT */
export function statusOf(startLine: string): number {
  const code = /^HTTP\/1\.[01] ([1-5]\d\d)(?: |$)/.exec(startLine)?.[1];
  if (code === undefined) throw new LifeboatError("BAD_INPUT", "the answer is not HTTP/1.1");
  return Number(code);
}

function takeBody(buffer: Buffer, framing: Framing): Taken | undefined {
  if (framing.kind === "length") return takeLength(buffer, 0, framing.bytes);
  return framing.kind === "chunked" ? takeChunked(buffer, 0) : undefined;
}

function checkSize(bytes: number, { mostBodyBytes }: Limits): void {
  if (bytes <= mostBodyBytes) return;
  throw new LifeboatError("BAD_INPUT", `a body has at most ${mostBodyBytes} bytes`);
}
