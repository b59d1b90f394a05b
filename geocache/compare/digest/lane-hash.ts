import type { Span } from "../snapshot/byte-source.ts";

const FACTOR_A = 0x9e37_79b1 | 0;
const FACTOR_B = 0x85eb_ca77 | 0;
const START_A = 0x2545_f491;
const START_B = 0x1b87_3593;

/** Two sums of 32 bits over one run of words; each step is one to one, so that no difference in one word is lost. */
export class LaneHash {
  a = START_A;
  b = START_B;

  reset(): void {
    this.a = START_A;
    this.b = START_B;
  }

  word(word: number): void {
    this.a = stepA(this.a, word);
    this.b = stepB(this.b, word);
  }

  /** The length goes first: "ab", "c" is not "a", "bc". */
  bytes({ view, start, end }: Span): void {
    let a = stepA(this.a, end - start);
    let b = stepB(this.b, end - start);
    let at = start;
    for (; at + 4 <= end; at += 4) {
      const word = view.getInt32(at, true);
      a = stepA(a, word);
      b = stepB(b, word);
    }
    let rest = 0;
    for (; at < end; at += 1) rest = (rest << 8) | view.getUint8(at);
    this.a = stepA(a, rest);
    this.b = stepB(b, rest);
  }

  /** Every bit of each sum depends on every bit of both: needed before sums are added up. */
  finish(): void {
    const { a, b } = this;
    this.a = spread((a + Math.imul(b, FACTOR_A)) | 0);
    this.b = spread((b + Math.imul(this.a, FACTOR_B)) | 0);
  }
}

function stepA(sum: number, word: number): number {
  const product = Math.imul(sum ^ word, FACTOR_A);
  return product ^ (product >>> 15);
}

function stepB(sum: number, word: number): number {
  const product = Math.imul(sum ^ word, FACTOR_B);
  return ((product << 13) | (product >>> 19)) + 0x52dc_e729;
}

function spread(sum: number): number {
  let h = sum ^ (sum >>> 16);
  h = Math.imul(h, 0x85eb_ca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2_ae35);
  return h ^ (h >>> 16);
}
