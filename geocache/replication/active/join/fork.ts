import { connect, type Socket } from "node:net";
import type { AttachTarget } from "../capture/attachment.ts";
import type { SnapshotSource } from "./own-master.ts";

export type Fork = {
  /** Has the redis fork now; resolves with the position of its stream at which it did. */
  readonly take: () => Promise<number>;
  /** The data as it was then, part by part, as fast as it is taken. */
  readonly parts: SnapshotSource;
  readonly close: () => void;
};

const SILENCE_MS = 60_000;
const MARK_LENGTH = 40;

/** A connection to a redis that is one word away from a snapshot: that word costs no more than the fork itself. */
export async function prepareFork({ endpoint, username, password }: AttachTarget): Promise<Fork> {
  const socket = connect(endpoint.port, endpoint.host);
  socket.setNoDelay(true);
  socket.setTimeout(SILENCE_MS, () => socket.destroy(new Error("the redis fell silent")));
  const reader = createReader(socket);
  const say = async (...words: readonly string[]): Promise<string> => {
    socket.write(`*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join("")}`);
    const line = await reader.line();
    if (line.startsWith("-")) throw new Error(`the redis refused ${words[0]}: ${line.slice(1)}`);
    return line;
  };
  try {
    await say("AUTH", username, password);
    await say("REPLCONF", "capa", "eof", "capa", "psync2");
  } catch (error) {
    socket.destroy();
    throw error;
  }
  return {
    take: async () => {
      const [word, , offset] = (await say("PSYNC", "?", "-1")).split(" ");
      if (word !== "+FULLRESYNC") throw new Error(`the redis answered ${word} instead of a snapshot`);
      return Number(offset);
    },
    parts: async (onPart) => {
      const start = await reader.line();
      if (!start.startsWith("$EOF:")) throw new Error("the redis sends its snapshot from disk");
      await passUntil(start.slice(5), reader, onPart);
    },
    close: () => socket.destroy(),
  };
}

/** Bytes of the mark are held back until it is clear that they are not it. */
async function passUntil(mark: string, reader: Reader, onPart: (bytes: Buffer) => Promise<void>): Promise<void> {
  let pending: Buffer = Buffer.alloc(0);
  for (;;) {
    pending = Buffer.concat([pending, await reader.chunk()]);
    const end = pending.indexOf(mark, 0, "latin1");
    const sure = end === -1 ? Math.max(0, pending.length - MARK_LENGTH) : end;
    if (sure > 0) await onPart(pending.subarray(0, sure));
    if (end !== -1) return;
    pending = pending.subarray(sure);
  }
}

type Reader = {
  /** The next line that is not empty: redis sends empty ones to say that it is still there. */
  readonly line: () => Promise<string>;
  readonly chunk: () => Promise<Buffer>;
};

/** Reads only when asked to: whoever is slow holds the redis back. */
function createReader(socket: Socket): Reader {
  const chunks = socket.iterator({ destroyOnReturn: false })[Symbol.asyncIterator]();
  let rest: Buffer = Buffer.alloc(0);
  const more = async (): Promise<Buffer> => {
    const next = await chunks.next();
    if (next.done === true) throw new Error("the redis closed the connection");
    if (!Buffer.isBuffer(next.value)) throw new TypeError("the redis sent no bytes");
    return next.value;
  };
  const line = async (): Promise<string> => {
    for (;;) {
      const end = rest.indexOf("\n");
      if (end === -1) {
        rest = Buffer.concat([rest, await more()]);
        continue;
      }
      const text = rest.toString("latin1", 0, end).trim();
      rest = rest.subarray(end + 1);
      if (text !== "") return text;
    }
  };
  const chunk = async (): Promise<Buffer> => {
    if (rest.length === 0) return await more();
    const all = rest;
    rest = Buffer.alloc(0);
    return all;
  };
  return { line, chunk };
}
