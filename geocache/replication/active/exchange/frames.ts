import type { Socket } from "node:net";
import { z } from "zod";

const HEADER_BYTES = 5;
const MAX_FRAME_BYTES = 64 * 1024 * 1024;

const vector = z.array(z.tuple([z.string(), z.int().nonnegative()]));

/** What syncers say to each other beside the batches themselves. */
const messageSchema = z.discriminatedUnion("kind", [
  /** First word of the one who pulls: who it is, what it has, whose operations it wants beside the other's own. */
  z.object({
    kind: z.literal("hello"),
    token: z.string(),
    member: z.string(),
    epoch: z.int(),
    have: vector,
    relay: z.array(z.string()),
  }),
  z.object({ kind: z.literal("relay"), members: z.array(z.string()) }),
  z.object({ kind: z.literal("ack"), origin: z.string(), issued: z.int(), applied: vector }),
  /** Said now and then by the one who provides, so that silence means something. */
  z.object({ kind: z.literal("alive") }),
  z.object({ kind: z.literal("refused"), reason: z.string() }),
  /** What was asked for lies before what is left of the log. */
  z.object({ kind: z.literal("full-sync-needed"), origin: z.string() }),
]);

export type Message = z.infer<typeof messageSchema>;
export type Frame =
  | { readonly kind: "message"; readonly message: Message }
  | { readonly kind: "batch"; readonly bytes: Buffer };

export function sendMessage(socket: Socket, message: Message): void {
  sendFrame(socket, 0, Buffer.from(JSON.stringify(message)));
}

/** False when the other side is slower than this one: wait for "drain". */
export function sendBatch(socket: Socket, bytes: Buffer): boolean {
  return sendFrame(socket, 1, bytes);
}

function sendFrame(socket: Socket, type: number, payload: Buffer): boolean {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32BE(payload.length);
  header.writeUInt8(type, 4);
  socket.write(header);
  return socket.write(payload);
}

/** Calls `onFrame` for every whole frame. Whatever is no frame ends the connection: the other side is not one of us. */
export function readFrames(socket: Socket, onFrame: (frame: Frame) => void): void {
  let pending: Buffer = Buffer.alloc(0);
  socket.on("data", (chunk) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    try {
      pending = takeFrames(pending, onFrame);
    } catch (error) {
      socket.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  });
}

function takeFrames(buffer: Buffer, onFrame: (frame: Frame) => void): Buffer {
  let at = 0;
  while (buffer.length - at >= HEADER_BYTES) {
    const length = buffer.readUInt32BE(at);
    if (length > MAX_FRAME_BYTES) throw new RangeError(`a frame of ${length} bytes`);
    const end = at + HEADER_BYTES + length;
    if (end > buffer.length) break;
    onFrame(parseFrame(buffer[at + 4], buffer.subarray(at + HEADER_BYTES, end)));
    at = end;
  }
  return buffer.subarray(at);
}

function parseFrame(type: number | undefined, payload: Buffer): Frame {
  if (type === 1) return { kind: "batch", bytes: Buffer.from(payload) };
  return { kind: "message", message: messageSchema.parse(JSON.parse(payload.toString())) };
}
