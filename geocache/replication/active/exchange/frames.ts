import type { Socket } from "node:net";
import { messageSchema, type Message } from "./messages.ts";

const HEADER_BYTES = 5;
const MESSAGE = 0;
const BATCH = 1;
const SNAPSHOT = 2;
const COPIED_BELOW_BYTES = 32 * 1024;

/** A batch lies in the log as a string of redis, which is at most this long. */
export const MAX_FRAME_BYTES = 512 * 1024 * 1024;

export type Frame =
  | { readonly kind: "message"; readonly message: Message }
  | { readonly kind: "batch"; readonly bytes: Buffer }
  /** A part of a member's data as redis itself writes it (RDB). */
  | { readonly kind: "snapshot"; readonly bytes: Buffer };

export function sendMessage(socket: Socket, message: Message): void {
  sendFrame(socket, MESSAGE, Buffer.from(JSON.stringify(message)));
}

/** False when the other side is slower than this one: wait for "drain". */
export function sendBatch(socket: Socket, bytes: Buffer): boolean {
  return sendFrame(socket, BATCH, bytes);
}

/** False when the other side is slower than this one: wait for "drain". */
export function sendSnapshot(socket: Socket, bytes: Buffer): boolean {
  return sendFrame(socket, SNAPSHOT, bytes);
}

function sendFrame(socket: Socket, type: number, payload: Buffer): boolean {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32BE(payload.length);
  header.writeUInt8(type, 4);
  socket.write(header);
  return socket.write(payload);
}

export type FrameOptions = { readonly maxBytes: number };

/** Calls `onFrame` for every whole frame. Whatever is no frame ends the connection: the other side is not one of us. */
export function readFrames(socket: Socket, onFrame: (frame: Frame) => void, { maxBytes }: FrameOptions): void {
  const pending: Buffer[] = [];
  let size = 0;
  let wanted = HEADER_BYTES;
  socket.on("data", (chunk) => {
    pending.push(chunk);
    size += chunk.length;
    try {
      while (size >= wanted && !socket.destroyed) {
        const bytes = pending.length === 1 && pending[0] !== undefined ? pending[0] : Buffer.concat(pending);
        const { rest, missing } = takeFrame(bytes, maxBytes, onFrame);
        pending.splice(0, pending.length, rest);
        size = rest.length;
        wanted = missing;
      }
    } catch (error) {
      socket.destroy(error instanceof Error ? error : new Error(String(error)));
    }
  });
}

/** `missing`: how many bytes there must be before it is worth looking again. */
function takeFrame(
  buffer: Buffer,
  maxBytes: number,
  onFrame: (frame: Frame) => void,
): { readonly rest: Buffer; readonly missing: number } {
  const length = buffer.readUInt32BE(0);
  if (length > maxBytes) throw new RangeError(`a frame of ${length} bytes`);
  const end = HEADER_BYTES + length;
  if (end > buffer.length) return { rest: buffer, missing: end };
  onFrame(parseFrame(buffer[4], buffer.subarray(HEADER_BYTES, end)));
  return { rest: buffer.subarray(end), missing: HEADER_BYTES };
}

function parseFrame(type: number | undefined, payload: Buffer): Frame {
  // A small one must not keep everything alive that came along with it.
  if (type === BATCH)
    return { kind: "batch", bytes: payload.length < COPIED_BELOW_BYTES ? Buffer.from(payload) : payload };
  if (type === SNAPSHOT) return { kind: "snapshot", bytes: payload };
  if (type !== MESSAGE) throw new RangeError(`a frame of an unknown type: ${type}`);
  return { kind: "message", message: messageSchema.parse(JSON.parse(payload.toString())) };
}
