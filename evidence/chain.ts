import type { Stamp } from "../base/clocks.ts";
import { messageOf } from "../base/errors.ts";
import { canonicalJson, sha256Hex } from "./canonical.ts";
import { eventSchema, type DrillEvent, type EventInput } from "./events.ts";

/** `prev` of the first event: binds the chain to its drill. */
export function genesisOf(drillId: string): string {
  return sha256Hex(`lifeboat:${drillId}`);
}

export type Place = { readonly seq: number; readonly prev: string; readonly recordedAt: Stamp };

/** One line of events.jsonl without its line feed; its sha256 is the next line's `prev`. */
export function lineOf(input: EventInput, place: Place): string {
  return canonicalJson({ ...input, ...place });
}

export type ChainReading = {
  readonly events: readonly DrillEvent[];
  /** sha256 of the last good line; the genesis when there is none. */
  readonly head: string;
  /** How many bytes at the start are whole, canonical and chained. */
  readonly goodBytes: number;
  /** Why reading stopped before the end of the file; null when all of it is good. */
  readonly problem: string | null;
};

/** Reads a chain up to the first line that breaks it: a torn tail after a crash, or tampering. */
export function readChain(content: Uint8Array, drillId: string): ChainReading {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength);
  const events: DrillEvent[] = [];
  let head = genesisOf(drillId);
  let goodBytes = 0;
  while (goodBytes < bytes.length) {
    const end = bytes.indexOf(0x0a, goodBytes);
    if (end < 0)
      return { events, head, goodBytes, problem: `the last line is incomplete (after event ${events.length})` };
    const line = bytes.subarray(goodBytes, end);
    const read = readLine(line, { seq: events.length, prev: head });
    if (typeof read === "string") return { events, head, goodBytes, problem: `event ${events.length}: ${read}` };
    events.push(read);
    head = sha256Hex(line);
    goodBytes = end + 1;
  }
  return { events, head, goodBytes, problem: null };
}

/** The event, or in words what is wrong with the line. */
function readLine(line: Uint8Array, wanted: { readonly seq: number; readonly prev: string }): DrillEvent | string {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(line);
    const event = eventSchema.parse(JSON.parse(text));
    if (canonicalJson(event) !== text) return "is not canonical JSON";
    if (event.seq !== wanted.seq) return `has sequence ${event.seq} where ${wanted.seq} is due`;
    if (event.prev !== wanted.prev) return "does not name the line before it";
    return event;
  } catch (error) {
    return `cannot be read: ${messageOf(error)}`;
  }
}
