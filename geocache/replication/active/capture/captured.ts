import type { Bytes, DeletionCause, Effect, Side } from "../operation.ts";

/** What the stream says a command did, and what it leaves to be looked up. */
export type Captured =
  | { readonly kind: "effect"; readonly effect: Effect }
  /** DEL in the stream: a client's, or redis's own for an expired or evicted key; the stream does not tell. */
  | { readonly kind: "deletion"; readonly key: Bytes; readonly unlessAnnounced: DeletionCause }
  /** The outcome depends on what the command met: the whole key has to be read. */
  | { readonly kind: "unknown-key"; readonly key: Bytes }
  /** The same for one cell. */
  | { readonly kind: "unknown-cell"; readonly key: Bytes; readonly type: "zset"; readonly cell: Bytes }
  /** How many elements left a list; which ones, only a copy of the list knows. */
  | { readonly kind: "pops"; readonly key: Bytes; readonly side: Side; readonly count: number }
  /** An element that moved from the end of one list to the end of another. */
  | { readonly kind: "move"; readonly from: Bytes; readonly side: Side; readonly to: Bytes; readonly toSide: Side };

/** Turns the arguments behind a command's name into what it did. */
export type Translation = (args: readonly Bytes[]) => readonly Captured[];

export function effect(value: Effect): Captured {
  return { kind: "effect", effect: value };
}

export function unknownKey(key: Bytes | undefined): Captured[] {
  return key === undefined ? [] : [{ kind: "unknown-key", key }];
}

/** [a, 1, b, 2] → [[a, 1], [b, 2]] */
export function pairs(args: readonly Bytes[]): [Bytes, Bytes][] {
  return Array.from({ length: Math.floor(args.length / 2) }, (_, index) => [
    args[2 * index] ?? "",
    args[2 * index + 1] ?? "",
  ]);
}
