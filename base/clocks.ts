/**
 * All spans are taken on CLOCK_MONOTONIC, which all processes of one Linux or macOS host share:
 * stamps of different Lifeboat processes on one machine may be subtracted. Wall time only labels.
 */
export type Stamp = {
  /** Monotonic nanoseconds as a decimal string: JSON numbers lose precision above 2^53. */
  readonly monoNs: string;
  /** Wall clock, ISO 8601 UTC with milliseconds. */
  readonly utc: string;
};

export function monoNs(): bigint {
  return process.hrtime.bigint();
}

export function stamp(): Stamp {
  return { monoNs: monoNs().toString(), utc: new Date().toISOString() };
}

/** Milliseconds from one stamp to another, with sub-millisecond fraction. */
export function elapsedMs(from: Stamp, to: Stamp): number {
  return Number(BigInt(to.monoNs) - BigInt(from.monoNs)) / 1e6;
}
