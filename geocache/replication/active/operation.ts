import type { VersionVector } from "./version-vector.ts";

/** Bytes as they are on the wire, one character a byte (latin1): a key to a Map, and exact. */
export type Bytes = string;

/** One incarnation of one member: a member whose redis came back empty goes on under a new one. */
export type OriginId = string;

/** `hlcUs`: hybrid logical time in microseconds; with the origin as tie-break it orders all operations totally. */
export type Stamp = { readonly origin: OriginId; readonly seq: number; readonly hlcUs: number };

export type Operation = Stamp & {
  /** What the origin had applied of every other origin when it issued this: exact for each operation. */
  readonly seen: VersionVector;
  readonly effect: Effect;
};

export type CollectionType = "set" | "hash" | "zset" | "stream";
export type KeyType = "string" | "list" | CollectionType;
export type Side = "left" | "right";

/** `client` takes part in conflicts as a write; what redis did by itself only removes what it had seen. */
export type DeletionCause = "client" | "expired" | "evicted";

export type Ttl =
  | { readonly kind: "keep" }
  | { readonly kind: "none" }
  | { readonly kind: "at"; readonly atMs: number };

/** A cell is a set's member, a hash's field, a sorted set's member, a stream entry's id. `value` is "" for a set. */
export type Cell = { readonly cell: Bytes; readonly value: Bytes };

/** What a command did, without any part that depends on the state it met (measured: effects in the stream). */
export type Effect =
  | { readonly kind: "set"; readonly key: Bytes; readonly value: Bytes; readonly ttl: Ttl }
  | { readonly kind: "incr"; readonly key: Bytes; readonly by: Bytes }
  | { readonly kind: "del"; readonly key: Bytes; readonly cause: DeletionCause }
  | { readonly kind: "expire"; readonly key: Bytes; readonly atMs: number }
  | { readonly kind: "persist"; readonly key: Bytes }
  | ({ readonly kind: "add"; readonly key: Bytes; readonly type: CollectionType } & Cell)
  | {
      readonly kind: "increase";
      readonly key: Bytes;
      readonly type: "hash" | "zset";
      readonly cell: Bytes;
      readonly by: Bytes;
    }
  | { readonly kind: "remove"; readonly key: Bytes; readonly type: CollectionType; readonly cell: Bytes }
  | { readonly kind: "push"; readonly key: Bytes; readonly side: Side; readonly value: Bytes }
  | { readonly kind: "pop"; readonly key: Bytes; readonly side: Side; readonly value: Bytes }
  /** The whole key as a command left it whose effect cannot be told in parts (ZUNIONSTORE, LTRIM, RENAME …). */
  | {
      readonly kind: "state";
      readonly key: Bytes;
      readonly type: "list" | CollectionType;
      readonly cells: readonly Cell[];
      readonly ttl: Ttl;
    };

/** Negative when `a` comes first. */
export function compareStamps(a: Stamp, b: Stamp): number {
  if (a.hlcUs !== b.hlcUs) return a.hlcUs - b.hlcUs;
  if (a.origin !== b.origin) return a.origin < b.origin ? -1 : 1;
  return a.seq - b.seq;
}

/** Whether the issuer of `later` had applied `earlier`, or issued it itself before. */
export function observed(later: Operation, earlier: Stamp): boolean {
  if (later.origin === earlier.origin) return earlier.seq < later.seq;
  return earlier.seq <= (later.seen.get(earlier.origin) ?? 0);
}

export function sameOperation(a: Stamp, b: Stamp): boolean {
  return a.seq === b.seq && a.origin === b.origin;
}
