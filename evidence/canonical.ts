import { createHash } from "node:crypto";
import canonicalize from "canonicalize";
import { LifeboatError, messageOf } from "../base/errors.ts";

/** RFC 8785 canonical JSON. @throws BAD_INPUT for what JSON cannot say exactly (NaN, lone surrogates). */
export function canonicalJson(value: unknown): string {
  try {
    const plain: unknown = JSON.parse(JSON.stringify(value));
    const text = canonicalize(plain);
    if (text !== undefined) return text;
  } catch (error) {
    throw new LifeboatError("BAD_INPUT", `has no canonical JSON: ${messageOf(error)}`, { cause: error });
  }
  throw new LifeboatError("BAD_INPUT", "has no canonical JSON");
}

export function sha256Hex(content: string | Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}
