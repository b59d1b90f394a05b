/** Letters, signs and plain spaces; nothing that hides, breaks the line or turns the reading direction round. */
const PRINTABLE = /^[^\p{C}\p{Zl}\p{Zp}\ufffd]+$/u;

/** Bytes of a client out of a bundle, given as base64: as text where they are readable text, else as they are kept. */
export function bytesInWords(base64: string): string {
  const text = Buffer.from(base64, "base64").toString("utf8");
  return PRINTABLE.test(text) ? text : `base64 ${base64 === "" ? "(empty)" : base64}`;
}
