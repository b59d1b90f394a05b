/** Jones' polynomial, as RDB files carry it, reflected; 64 bits as two halves of 32. */
const POLYNOMIAL_LOW = 0xac4b_c9b5 | 0;
const POLYNOMIAL_HIGH = 0x95ac_9329 | 0;
const SLICES = 8;

const { low: LOW, high: HIGH } = createTables();

/** Eight bytes a step (slicing by eight): a snapshot has hundreds of megabytes. */
export class Crc64 {
  #low = 0;
  #high = 0;

  update(bytes: Uint8Array, start: number, end: number): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let at = start;
    for (; at + SLICES <= end; at += SLICES) this.#step(view.getInt32(at, true), view.getInt32(at + 4, true));
    for (; at < end; at += 1) {
      const index = (this.#low ^ (bytes[at] ?? 0)) & 0xff;
      this.#low = (this.#low >>> 8) | (this.#high << 24);
      this.#high = (this.#high >>> 8) ^ of(HIGH, index);
      this.#low ^= of(LOW, index);
    }
  }

  /** Whether this is the checksum that stands, little-endian, at `at`; eight zeros: there is none. */
  matches(bytes: Uint8Array, at: number): boolean {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const [low, high] = [view.getInt32(at, true), view.getInt32(at + 4, true)];
    return (low === 0 && high === 0) || (low === this.#low && high === this.#high);
  }

  #step(word0: number, word1: number): void {
    const low = this.#low ^ word0;
    const high = this.#high ^ word1;
    const a = 0x700 | (low & 0xff);
    const b = 0x600 | ((low >>> 8) & 0xff);
    const c = 0x500 | ((low >>> 16) & 0xff);
    const d = 0x400 | (low >>> 24);
    const e = 0x300 | (high & 0xff);
    const f = 0x200 | ((high >>> 8) & 0xff);
    const g = 0x100 | ((high >>> 16) & 0xff);
    const h = high >>> 24;
    this.#low = of(LOW, a) ^ of(LOW, b) ^ of(LOW, c) ^ of(LOW, d) ^ of(LOW, e) ^ of(LOW, f) ^ of(LOW, g) ^ of(LOW, h);
    this.#high =
      of(HIGH, a) ^ of(HIGH, b) ^ of(HIGH, c) ^ of(HIGH, d) ^ of(HIGH, e) ^ of(HIGH, f) ^ of(HIGH, g) ^ of(HIGH, h);
  }
}

function of(table: Int32Array, index: number): number {
  return table[index] ?? 0;
}

/** Entry 256 k + b: what byte b, k bytes before the end of a step, does to the sum. */
function createTables(): { low: Int32Array; high: Int32Array } {
  const low = new Int32Array(256 * SLICES);
  const high = new Int32Array(256 * SLICES);
  for (let byte = 0; byte < 256; byte += 1) {
    let [l, h] = [byte, 0];
    for (let bit = 0; bit < 8; bit += 1) {
      const carry = l & 1;
      l = (l >>> 1) | (h << 31);
      h >>>= 1;
      if (carry === 1) [l, h] = [l ^ POLYNOMIAL_LOW, h ^ POLYNOMIAL_HIGH];
    }
    [low[byte], high[byte]] = [l, h];
  }
  for (let index = 256; index < 256 * SLICES; index += 1) {
    const [l, h] = [of(low, index - 256), of(high, index - 256)];
    const byte = l & 0xff;
    low[index] = ((l >>> 8) | (h << 24)) ^ of(low, byte);
    high[index] = (h >>> 8) ^ of(high, byte);
  }
  return { low, high };
}
