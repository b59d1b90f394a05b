import type { Bytes, Cell, CollectionType, Effect, Ttl } from "../operation.ts";

/** What has to be done to the data of this member so that it shows what the visible operations add up to. */
export type Change =
  /** Nothing concurrent, or it commutes: the effect as it was. */
  | { readonly kind: "apply"; readonly effect: Effect }
  | ({ readonly kind: "put-cell"; readonly key: Bytes; readonly type: CollectionType } & Cell)
  | { readonly kind: "drop-cell"; readonly key: Bytes; readonly type: CollectionType; readonly cell: Bytes }
  | { readonly kind: "put-string"; readonly key: Bytes; readonly value: Bytes; readonly ttl: Ttl }
  | {
      readonly kind: "put-collection";
      readonly key: Bytes;
      readonly type: CollectionType;
      readonly cells: readonly Cell[];
      readonly ttl: Ttl;
    }
  | { readonly kind: "put-list"; readonly key: Bytes; readonly values: readonly Bytes[]; readonly ttl: Ttl }
  | { readonly kind: "put-ttl"; readonly key: Bytes; readonly ttl: Ttl }
  | { readonly kind: "delete"; readonly key: Bytes };
