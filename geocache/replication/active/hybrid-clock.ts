/**
 * Hybrid logical time in microseconds. Its physical part is redis's own TIME as it stands in the stream, so that an
 * operation is dated when it happened even if the syncer was frozen since; its logical part keeps it ahead of
 * everything seen. `offsetUs` skews the physical part, for tests of clocks that are wrong.
 */
export class HybridClock {
  #lastUs: number;
  #physicalUs = 0;
  readonly #offsetUs: number;

  constructor(lastUs: number, offsetUs = 0) {
    this.#lastUs = lastUs;
    this.#offsetUs = offsetUs;
  }

  get lastUs(): number {
    return this.#lastUs;
  }

  /** redis's time, as found in the stream. */
  passed(timeUs: number): void {
    this.#physicalUs = Math.max(this.#physicalUs, timeUs + this.#offsetUs);
  }

  /** The latest time that was found in the stream, skewed. */
  get physicalUs(): number {
    return this.#physicalUs;
  }

  /** The time for an operation of this member that happened at `physicalUs`. */
  next(physicalUs: number): number {
    this.#lastUs = Math.max(this.#lastUs + 1, physicalUs);
    return this.#lastUs;
  }

  /** An operation of another member was applied: whatever follows here is later. */
  observe(hlcUs: number): void {
    this.#lastUs = Math.max(this.#lastUs, hlcUs);
  }
}
