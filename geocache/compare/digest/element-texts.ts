import { isUtf8 } from "node:buffer";
import type { Span } from "../snapshot/byte-source.ts";
import type { ContentType, ElementSink } from "./key-digest.ts";

const PART_BYTES = 40;
/** Of one snapshot, whatever is in it. */
const MAX_TEXTS = 200_000;

/** Keeps a short text of each element, beside its sum. */
export class ElementTexts implements ElementSink {
  readonly #next: ElementSink;
  #left = MAX_TEXTS;
  #type: ContentType = "string";
  #parts: string[] = [];
  #texts: string[] = [];
  #index = 0;

  constructor(next: ElementSink) {
    this.#next = next;
  }

  start(type: ContentType): void {
    this.#type = type;
    this.#index = 0;
  }

  part(span: Span): void {
    if (this.#left > 0) this.#parts.push(quoted(span));
    this.#next.part(span);
  }

  score(score: number): void {
    if (this.#left > 0) this.#parts.push(String(score));
    this.#next.score(score);
  }

  endElement(): void {
    if (this.#left > 0) this.#texts.push(this.#text());
    this.#left = Math.max(0, this.#left - 1);
    this.#index += 1;
    this.#parts = [];
    this.#next.endElement();
  }

  take(): string[] {
    const texts = this.#texts;
    this.#texts = [];
    return texts;
  }

  #text(): string {
    const [first = "", ...rest] = this.#parts;
    if (this.#type === "list") return `[${this.#index}] ${first}`;
    if (this.#type === "stream") return `${first} ${rest.join(" ")}`;
    return rest.length === 0 ? first : `${first}: ${rest.join(" ")}`;
  }
}

/** At most `PART_BYTES` of it; what is no text as base64. */
function quoted({ bytes, start, end }: Span): string {
  const part = bytes.subarray(start, Math.min(end, start + PART_BYTES));
  const rest = end - start > PART_BYTES ? `… (${end - start} bytes)` : "";
  const text = isUtf8(part) ? JSON.stringify(part.toString()) : `base64 ${part.toString("base64")}`;
  return text + rest;
}
