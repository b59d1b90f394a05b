import { connect, type Socket } from "node:net";
import type { Endpoint } from "../../../../contracts/endpoint.ts";
import { CommandParser, type CommandHandler } from "./command-parser.ts";
import { createSnapshotSkipper, type SnapshotSkipper } from "./snapshot-skipper.ts";

/** Where in which history of a redis the stream stands. */
export type StreamPosition = { readonly replicationId: string; readonly offset: number };

export type AttachmentEvents = {
  /** `gap`: the stream does not continue where it was asked to; what lies between has to be compared. */
  readonly onAttached: (position: StreamPosition, kind: "continued" | "gap") => void;
  readonly onCommand: CommandHandler;
  readonly onClosed: (reason: string) => void;
};

export type Attachment = {
  /** Tells the redis how far the stream has been taken in; it shows in INFO and keeps the connection. */
  readonly acknowledge: (offset: number) => void;
  readonly close: () => void;
};

export type AttachTarget = { readonly endpoint: Endpoint; readonly username: string; readonly password: string };

const SILENCE_MS = 65_000;
const READ_BYTES = 256 * 1024;

/**
 * Attaches to a redis as a replica (PSYNC) and hands over every command of the stream. Bound: a redis that says
 * nothing for `SILENCE_MS` (it pings every ten seconds) counts as gone.
 */
export function attach(target: AttachTarget, from: StreamPosition | undefined, events: AttachmentEvents): Attachment {
  const { host, port } = target.endpoint;
  // One buffer for all that is read: a stream of small commands would leave as many large ones behind.
  const onread = { buffer: Buffer.allocUnsafe(READ_BYTES), callback: take };
  const socket = connect({ host, port, onread });
  socket.setNoDelay(true);
  socket.setTimeout(SILENCE_MS, () => socket.destroy(new Error("the redis fell silent")));
  const parser = new CommandParser(events.onCommand);
  const handshake = createHandshake(socket, { target, from, events });
  function take(byteLength: number, buffer: Uint8Array): boolean {
    try {
      const stream = handshake.push(Buffer.from(buffer.buffer, buffer.byteOffset, byteLength));
      if (stream !== undefined && stream.length > 0) parser.push(stream);
    } catch (error) {
      socket.destroy(error instanceof Error ? error : new Error(String(error)));
    }
    return true;
  }
  let reason = "the redis closed the connection";
  socket.on("error", (error) => (reason = error.message));
  socket.on("close", () => events.onClosed(reason));
  return {
    acknowledge: (offset) => {
      // Before AUTH it would be answered by an error, which would be taken for the handshake's.
      if (handshake.isFollowed()) socket.write(`*3\r\n$8\r\nREPLCONF\r\n$3\r\nACK\r\n${bulk(String(offset))}`);
    },
    close: () => socket.destroy(),
  };
}

type State = "talking" | "snapshot" | "stream";

type HandshakeInput = {
  readonly target: AttachTarget;
  readonly from: StreamPosition | undefined;
  readonly events: AttachmentEvents;
};

/** Each line is sent only when the one before was answered: PSYNC right behind REPLCONF is refused (measured.md F). */
function createHandshake(socket: Socket, { target, from, events }: HandshakeInput) {
  const steps = [
    ["AUTH", target.username, target.password],
    ["REPLCONF", "rdb-filter-only", ""],
    ["REPLCONF", "capa", "eof", "capa", "psync2"],
    from === undefined ? ["PSYNC", "?", "-1"] : ["PSYNC", from.replicationId, String(from.offset + 1)],
  ];
  let pending: Buffer = Buffer.alloc(0);
  let state: State = "talking";
  let snapshot: SnapshotSkipper | undefined;
  socket.once("connect", () => send(socket, steps.shift() ?? []));

  const answer = (line: string): void => {
    if (line === "") return;
    if (line.startsWith("-")) throw new Error(`the redis refused to be followed: ${line.slice(1)}`);
    const position = parseFullResync(line);
    if (position !== undefined) {
      state = "snapshot";
      snapshot = createSnapshotSkipper();
      return events.onAttached(position, "gap");
    }
    if (line.startsWith("+CONTINUE") && from !== undefined) {
      state = "stream";
      const renamed = line.split(" ")[1];
      return events.onAttached({ replicationId: renamed ?? from.replicationId, offset: from.offset }, "continued");
    }
    send(socket, steps.shift() ?? []);
  };

  const takeLines = (): void => {
    while (state === "talking") {
      const end = pending.indexOf("\n");
      if (end === -1) return;
      const line = pending.toString("latin1", 0, end).trim();
      pending = pending.subarray(end + 1);
      answer(line);
    }
  };

  const afterLines = (): Buffer | undefined => {
    const bytes = pending;
    if (state === "talking") return undefined;
    pending = Buffer.alloc(0);
    if (state === "stream") return bytes;
    const rest = snapshot?.push(bytes);
    if (rest !== undefined) state = "stream";
    return rest;
  };

  return {
    isFollowed: (): boolean => state === "stream",
    /** What of the bytes belongs to the stream. */
    push(chunk: Buffer): Buffer | undefined {
      if (state === "stream") return chunk;
      pending = Buffer.concat([pending, chunk]);
      takeLines();
      return afterLines();
    },
  };
}

function parseFullResync(line: string): StreamPosition | undefined {
  const [word, replicationId, offset] = line.split(" ");
  if (word !== "+FULLRESYNC" || replicationId === undefined) return undefined;
  return { replicationId, offset: Number(offset) };
}

function send(socket: Socket, args: readonly string[]): void {
  socket.write(`*${args.length}\r\n${args.map(bulk).join("")}`);
}

function bulk(text: string): string {
  return `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
}
