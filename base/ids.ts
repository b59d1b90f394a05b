import { randomBytes } from "node:crypto";
import { monotonicFactory } from "ulid";

/** Sortable unique ids, also within one millisecond. */
export const newUlid = monotonicFactory();

/** A bearer token or password: 256 bits, URL-safe. */
export function newSecret(): string {
  return randomBytes(32).toString("base64url");
}
