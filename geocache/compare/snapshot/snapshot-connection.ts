import { connect, type Socket } from "node:net";
import type { Endpoint } from "../../../contracts/endpoint.ts";
import { LifeboatError, messageOf } from "../../../base/errors.ts";
import { stamp, type Stamp } from "../../../base/clocks.ts";

export type SnapshotTarget = { readonly endpoint: Endpoint; readonly username: string; readonly password: string };

/** A redis has forked: `at` is when it said so. Its snapshot waits until it is read. */
export type OpenSnapshot = {
  readonly at: Stamp;
  /** What follows the announcement, to the end of the connection; the snapshot itself says where it ends. */
  readonly chunks: AsyncIterable<Buffer>;
  close(): void;
};

const SILENCE_MS = 60_000;
const MAX_LINE_BYTES = 4096;

/**
 * Asks a redis for a snapshot as a replica does (PSYNC), which costs it a fork and no more: no client waits. Its data
 * stay in its memory, nothing is written to a disk. @throws UNAVAILABLE when it refuses, goes away or falls silent.
 */
export async function openSnapshot(target: SnapshotTarget): Promise<OpenSnapshot> {
  const socket = connect(target.endpoint.port, target.endpoint.host);
  socket.setTimeout(SILENCE_MS, () => socket.destroy(new Error("it fell silent")));
  const reader = new LineReader(socket);
  try {
    for (const command of greeting(target)) {
      send(socket, command);
      refuseError(await reader.line());
    }
    send(socket, ["PSYNC", "?", "-1"]);
    const answer = await reader.line();
    refuseError(answer);
    if (!answer.startsWith("+FULLRESYNC ")) throw new Error(`it answered ${answer}`);
  } catch (cause) {
    socket.destroy();
    const { host, port } = target.endpoint;
    throw new LifeboatError("UNAVAILABLE", `the redis at ${host}:${port} gave no snapshot: ${messageOf(cause)}`, {
      cause,
    });
  }
  const at = stamp();
  return { at, chunks: snapshotChunks(reader), close: () => socket.destroy() };
}

/** `capa eof`: without it the redis would write the snapshot to a file first. */
function greeting({ username, password }: SnapshotTarget): readonly (readonly string[])[] {
  return [
    ["AUTH", username, password],
    ["REPLCONF", "capa", "eof"],
  ];
}

/** Behind the line that says how the end will be told. */
async function* snapshotChunks(reader: LineReader): AsyncGenerator<Buffer> {
  const line = await reader.line();
  if (!line.startsWith("$")) throw new Error(`a snapshot cannot begin with ${line}`);
  yield* reader.rest();
}

/** Lines at first, bytes after them. Nothing is read from the socket that nobody waits for. */
class LineReader {
  readonly #chunks: AsyncIterator<Buffer>;
  #pending: Buffer = Buffer.alloc(0);

  constructor(socket: Socket) {
    this.#chunks = socket.iterator({ destroyOnReturn: true })[Symbol.asyncIterator]();
  }

  /** The next line that is not empty: a redis that has nothing to say yet sends empty ones. */
  async line(): Promise<string> {
    for (;;) {
      const end = this.#pending.indexOf("\n");
      if (end === -1) {
        await this.#more();
        continue;
      }
      const line = this.#pending.toString("latin1", 0, end).trim();
      this.#pending = this.#pending.subarray(end + 1);
      if (line !== "") return line;
    }
  }

  async *rest(): AsyncGenerator<Buffer> {
    yield this.#pending;
    for (;;) {
      const { done, value } = await this.#chunks.next();
      if (done === true) return;
      yield value;
    }
  }

  async #more(): Promise<void> {
    if (this.#pending.length > MAX_LINE_BYTES) throw new Error("it sent a line without an end");
    const { done, value } = await this.#chunks.next();
    if (done === true) throw new Error("it closed the connection");
    this.#pending = Buffer.concat([this.#pending, value]);
  }
}

function send(socket: Socket, args: readonly string[]): void {
  const bulks = args.map((text) => `$${Buffer.byteLength(text)}\r\n${text}\r\n`);
  socket.write(`*${args.length}\r\n${bulks.join("")}`);
}

function refuseError(line: string): void {
  if (line.startsWith("-")) throw new Error(`it refused: ${line.slice(1)}`);
}
