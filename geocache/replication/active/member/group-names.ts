import { createHash } from "node:crypto";
import { secretNames, type SecretNames } from "../secrets.ts";

const DIGITS = 20;

/** Names made from a group's secret: such that redis takes them for functions, and that do not give the secret away. */
export function groupNames(secret: string): SecretNames {
  return secretNames(createHash("sha256").update(secret).digest("hex").slice(0, DIGITS));
}
