import type { Span } from "./byte-source.ts";

/** Into the first `length` bytes of `out`. @throws RangeError when it does not come to exactly so many. */
export function decompress({ bytes, start, end }: Span, length: number, out: Buffer): void {
  let from = start;
  let to = 0;
  while (from < end) {
    const control = bytes[from++] ?? 0;
    if (control < 32) {
      const count = Math.min(control + 1, end - from);
      to += bytes.copy(out, to, from, from + count);
      from += control + 1;
      continue;
    }
    const count = 2 + (control >> 5) + (control >> 5 === 7 ? (bytes[from++] ?? 0) : 0);
    const back = to - (((control & 0x1f) << 8) | (bytes[from++] ?? 0)) - 1;
    if (back < 0 || to + count > length) throw new RangeError("a compressed value is damaged");
    // Byte by byte: what is copied may be what is being written.
    for (let index = 0; index < count; index += 1) out[to + index] = out[back + index] ?? 0;
    to += count;
  }
  if (from !== end || to !== length) throw new RangeError("a compressed value is damaged");
}
