import type { Redis } from "ioredis";
import { z } from "zod";
import { LifeboatError } from "../../base/errors.ts";

/** One request of a user, taken apart. */
export type Call = {
  readonly cache: Redis;
  /** The parts of the path behind the function's name. */
  readonly args: readonly (string | undefined)[];
  readonly query: URLSearchParams;
  readonly body: Buffer;
};
export type Done = { readonly status?: number; readonly value: unknown };
export type Act = (call: Call) => Promise<Done>;

/** Any name that a user may give. */
export const keySchema = z.string().min(1).max(100);

/** null for an empty body. @throws BAD_INPUT */
export function jsonOf(body: Buffer): unknown {
  if (body.length === 0) return null;
  try {
    return JSON.parse(body.toString()) as unknown;
  } catch {
    throw new LifeboatError("BAD_INPUT", "the body is not JSON", { field: "body" });
  }
}
