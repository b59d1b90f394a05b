import { z } from "zod";

const digest = z.string().regex(/^[0-9a-f]{64}$/);

/** manifest.json: the core of a bundle. In canonical JSON, so that one content has one digest. */
export const manifestSchema = z.strictObject({
  schema: z.literal("lifeboat/manifest/1"),
  drillId: z.string(),
  planSha256: digest.nullable(),
  ending: z.string(),
  /** Random, made at sealing: two bundles never have the same manifest. */
  nonce: z.string(),
  events: z.strictObject({ count: z.number(), head: digest }),
  files: z.array(z.strictObject({ path: z.string(), size: z.number(), sha256: digest })),
});
export type Manifest = z.infer<typeof manifestSchema>;

export const PREDICATE_TYPE = "https://lifeboat.invalid/drill-evidence/v1";

/** The signed in-toto Statement v1: its subjects are the manifest and everything the manifest cannot list. */
export const statementSchema = z.strictObject({
  _type: z.literal("https://in-toto.io/Statement/v1"),
  subject: z.array(z.strictObject({ name: z.string(), digest: z.strictObject({ sha256: digest }) })),
  predicateType: z.literal(PREDICATE_TYPE),
  predicate: z.strictObject({ drillId: z.string(), nonce: z.string(), ending: z.string(), overall: z.string() }),
});
export type Statement = z.infer<typeof statementSchema>;

/** Lines as `sha256sum -c` takes them. */
export function sumsOf(files: readonly { readonly path: string; readonly sha256: string }[]): string {
  return files
    .toSorted((a, b) => (a.path < b.path ? -1 : 1))
    .map((file) => `${file.sha256}  ${file.path}\n`)
    .join("");
}
