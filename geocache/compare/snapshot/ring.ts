const CAPACITY_BYTES = 1 << 22;
const PATIENCE_MS = 60_000;

/** Counters of bytes, modulo 2^32, and of changes: what the other side waits for. */
const WRITTEN = 0;
const READ = 1;
const ENDED = 2;
const WRITER_MOVED = 3;
const READER_MOVED = 4;

/** Memory that two threads share: one reads a socket into it, the other parses and may wait like a plain program. */
export type Ring = { readonly bytes: SharedArrayBuffer; readonly control: SharedArrayBuffer };

export function createRing(): Ring {
  return { bytes: new SharedArrayBuffer(CAPACITY_BYTES), control: new SharedArrayBuffer(8 * 4) };
}

/** The writing end. A reader that takes nothing for a minute is an error. */
export class RingWriter {
  readonly #bytes: Uint8Array;
  readonly #control: Int32Array;

  constructor(ring: Ring) {
    this.#bytes = new Uint8Array(ring.bytes);
    this.#control = new Int32Array(ring.control);
  }

  /** Resolves once all of it is in the ring. */
  async write(chunk: Uint8Array): Promise<void> {
    for (let from = 0; from < chunk.length;) {
      const moved = Atomics.load(this.#control, READER_MOVED);
      const written = Atomics.load(this.#control, WRITTEN);
      const free = CAPACITY_BYTES - ((written - Atomics.load(this.#control, READ)) >>> 0);
      if (free === 0) await this.#roomAfter(moved);
      const at = written & (CAPACITY_BYTES - 1);
      const count = Math.min(free, chunk.length - from, CAPACITY_BYTES - at);
      this.#bytes.set(chunk.subarray(from, from + count), at);
      from += count;
      Atomics.store(this.#control, WRITTEN, (written + count) | 0);
      this.#notify();
    }
  }

  /** Nothing more will come. */
  end(): void {
    Atomics.store(this.#control, ENDED, 1);
    this.#notify();
  }

  #notify(): void {
    Atomics.add(this.#control, WRITER_MOVED, 1);
    Atomics.notify(this.#control, WRITER_MOVED);
  }

  async #roomAfter(moved: number): Promise<void> {
    const wait = Atomics.waitAsync(this.#control, READER_MOVED, moved, PATIENCE_MS);
    if (wait.async && (await wait.value) === "timed-out") throw new Error("nobody reads the snapshot");
  }
}

/** The reading end, of a thread that has nothing else to do: it blocks. */
export class RingReader {
  readonly #bytes: Uint8Array;
  readonly #control: Int32Array;

  constructor(ring: Ring) {
    this.#bytes = new Uint8Array(ring.bytes);
    this.#control = new Int32Array(ring.control);
  }

  /** Copies what there is, at least one byte, to `into` from `from` on; 0: nothing more will come. */
  read(into: Uint8Array, from: number): number {
    for (;;) {
      const moved = Atomics.load(this.#control, WRITER_MOVED);
      const read = Atomics.load(this.#control, READ);
      const available = (Atomics.load(this.#control, WRITTEN) - read) >>> 0;
      if (available > 0) return this.#take(into.subarray(from), read, available);
      if (Atomics.load(this.#control, ENDED) === 1) return 0;
      if (Atomics.wait(this.#control, WRITER_MOVED, moved, PATIENCE_MS) === "timed-out") {
        throw new Error("the snapshot does not go on");
      }
    }
  }

  #take(into: Uint8Array, read: number, available: number): number {
    const at = read & (CAPACITY_BYTES - 1);
    const count = Math.min(available, into.length, CAPACITY_BYTES - at);
    into.set(this.#bytes.subarray(at, at + count));
    Atomics.store(this.#control, READ, (read + count) | 0);
    Atomics.add(this.#control, READER_MOVED, 1);
    Atomics.notify(this.#control, READER_MOVED);
    return count;
  }
}
