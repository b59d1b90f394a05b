import { createReadStream } from "node:fs";
import { open, rename, stat } from "node:fs/promises";
import { pipeline } from "node:stream";
import { promisify } from "node:util";
import { constants, createGunzip, gzip } from "node:zlib";

const compress = promisify(gzip);
/** Beyond this much waiting text the writer flushes by itself, so that its memory is bounded. */
const maxPendingChars = 256 * 1024;

/** All lines of a plain or gzipped (`.gz`) NDJSON file; see {@link eachNdjsonLine}. */
export async function readNdjsonLines(file: string): Promise<unknown[]> {
  const lines: unknown[] = [];
  for await (const line of eachNdjsonLine(file)) lines.push(line);
  return lines;
}

/**
 * The lines of a plain or gzipped NDJSON file, one after the other. A file cut off at any byte, as a crash leaves
 * it, gives its complete lines: an incomplete last line or gzip member is ignored.
 * @throws SyntaxError for a complete line that is not JSON
 */
export async function* eachNdjsonLine(file: string): AsyncGenerator<unknown> {
  for await (const line of textLines(file)) yield JSON.parse(line);
}

async function* textLines(file: string): AsyncGenerator<string> {
  let rest = "";
  for await (const chunk of decodedChunks(file)) {
    const parts = (rest + chunk).split("\n");
    rest = parts.pop() ?? "";
    yield* parts;
  }
}

async function* decodedChunks(file: string): AsyncGenerator<string> {
  const source = createReadStream(file);
  if (!file.endsWith(".gz")) {
    yield* source.setEncoding("utf8") as AsyncIterable<string>;
    return;
  }
  // The sync flush at the end takes what there is of a cut-off member in place of an error.
  const gunzip = createGunzip({ finishFlush: constants.Z_SYNC_FLUSH });
  pipeline(source, gunzip, () => undefined);
  yield* gunzip.setEncoding("utf8") as AsyncIterable<string>;
}

export type NdjsonWriter = {
  /** Takes a line into memory; on disk after the next flush at the latest. */
  write(line: unknown): void;
  /** Resolves when everything written so far is on disk. @throws the error of any write so far */
  flush(): Promise<void>;
  close(): Promise<void>;
};

/**
 * Writes gzipped NDJSON, one gzip member per flush: after a crash everything flushed is readable.
 * An existing file is continued; what a crash left incomplete at its end is cut away first.
 */
export async function createNdjsonGzWriter(file: string): Promise<NdjsonWriter> {
  await dropIncompleteTail(file);
  const handle = await open(file, "a", 0o600);
  let pending: string[] = [];
  let pendingChars = 0;
  let last: Promise<void> = Promise.resolve();

  async function append(text: string): Promise<void> {
    if (text === "") return;
    await handle.appendFile(await compress(text));
    await handle.datasync();
  }
  function flush(): Promise<void> {
    const text = pending.join("");
    pending = [];
    pendingChars = 0;
    last = last.then(() => append(text));
    // A failure stays in the chain and meets whoever flushes or closes next.
    last.catch(() => undefined);
    return last;
  }
  return {
    write(line) {
      const text = `${JSON.stringify(line)}\n`;
      pending.push(text);
      pendingChars += text.length;
      if (pendingChars > maxPendingChars) void flush().catch(() => undefined);
    },
    flush,
    async close() {
      try {
        await flush();
      } finally {
        await handle.close();
      }
    },
  };
}

/** Copies the complete lines: bytes after a cut-off gzip member could not be decoded by anyone. */
async function dropIncompleteTail(file: string): Promise<void> {
  const size = await stat(file).then(
    (found) => found.size,
    () => 0,
  );
  if (size === 0) return;
  const repaired = `${file}.repaired`;
  const handle = await open(repaired, "w", 0o600);
  try {
    let batch: string[] = [];
    for await (const line of textLines(file)) {
      batch.push(`${line}\n`);
      if (batch.length < 10_000) continue;
      await handle.appendFile(await compress(batch.join("")));
      batch = [];
    }
    if (batch.length > 0) await handle.appendFile(await compress(batch.join("")));
  } finally {
    await handle.close();
  }
  await rename(repaired, file);
}
