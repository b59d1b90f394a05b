import type { Bytes } from "../operation.ts";

const STAR = 0x2a;
const DOLLAR = 0x24;
const CR = 0x0d;
const LF = 0x0a;

/** `byteLength`: what the command took on the wire, so that offsets can be counted. */
export type CommandHandler = (args: readonly Bytes[], byteLength: number) => void;

/**
 * Splits a replication stream into commands; keeps what is not whole yet. Throws when it is no such stream. A chunk may be
 * used again afterwards for what comes next.
 */
export class CommandParser {
  #pending: Buffer[] = [];
  #pendingBytes = 0;
  /** There is no use in looking again before there are so many: a batch of the log can be very large. */
  #wantedBytes = 0;
  readonly #onCommand: CommandHandler;

  constructor(onCommand: CommandHandler) {
    this.#onCommand = onCommand;
  }

  push(chunk: Buffer): void {
    this.#pendingBytes += chunk.length;
    if (this.#pendingBytes < this.#wantedBytes) return void this.#pending.push(Buffer.from(chunk));
    const buffer = this.#pending.length === 0 ? chunk : Buffer.concat([...this.#pending, chunk]);
    this.#wantedBytes = 0;
    let at = 0;
    for (;;) {
      const end = this.#parseOne(buffer, at);
      if (end === -1) break;
      at = end;
    }
    this.#pending = at === buffer.length ? [] : [Buffer.from(buffer.subarray(at))];
    this.#pendingBytes = buffer.length - at;
  }

  /** The position after the command at `start`, or -1 when it is not whole. */
  #parseOne(buffer: Buffer, start: number): number {
    if (start >= buffer.length) return -1;
    if (buffer[start] === LF) return this.#newline(start);
    if (buffer[start] !== STAR) throw new Error(`not a command: byte ${buffer[start]}`);
    const count = readCount(buffer, start + 1);
    if (count === undefined) return -1;
    let at = count.next;
    const args: Bytes[] = [];
    for (let index = 0; index < count.value; index += 1) {
      if (at >= buffer.length) return -1;
      if (buffer[at] !== DOLLAR) throw new Error(`not an argument: byte ${buffer[at]}`);
      const length = readCount(buffer, at + 1);
      if (length === undefined) return -1;
      const end = length.next + length.value;
      if (end + 2 > buffer.length) {
        this.#wantedBytes = end + 2 - start;
        return -1;
      }
      args.push(buffer.toString("latin1", length.next, end));
      at = end + 2;
    }
    this.#onCommand(args, at - start);
    return at;
  }

  /** A primary that has nothing to say sends empty lines; they count as bytes of the stream. */
  #newline(start: number): number {
    this.#onCommand([], 1);
    return start + 1;
  }
}

function readCount(buffer: Buffer, start: number): { value: number; next: number } | undefined {
  let value = 0;
  for (let at = start; at < buffer.length; at += 1) {
    const byte = buffer[at];
    if (byte === CR) return at + 1 < buffer.length ? { value, next: at + 2 } : undefined;
    if (byte === undefined || byte < 0x30 || byte > 0x39) throw new Error(`not a length: byte ${byte}`);
    value = value * 10 + (byte - 0x30);
  }
  return undefined;
}
