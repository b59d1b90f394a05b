import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";

/** SHA-256 of a file's bytes, in hex. */
export async function sha256OfFile(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

/** Tells one plan from another. Both must have come through the same schema: the order of fields counts. */
export function digestOf(plan: object): string {
  return createHash("sha256").update(JSON.stringify(plan)).digest("hex");
}
