import { z } from "zod";
import { formatCount } from "../../evidence/format.ts";
import type { BundleView } from "../../evidence/view.ts";

const noteSchema = z.object({
  discarded: z.union([
    z.object({ cache: z.string(), comparedWith: z.string(), ledgerWrites: z.number(), onlyThere: z.number() }),
    z.object({ cache: z.string(), unknown: z.string() }),
  ]),
});

/** What a cache alone held when it came back, before its data were replaced (P17). Empty when none came back. */
export function discarded(view: BundleView): readonly string[] {
  return view.events.flatMap(({ type, data }) => {
    const note = type === "note" ? noteSchema.safeParse(data) : undefined;
    return note?.success ? [inWords(note.data.discarded)] : [];
  });
}

function inWords(found: z.infer<typeof noteSchema>["discarded"]): string {
  const { cache } = found;
  if ("unknown" in found) return `What ${cache} alone held when it came back is not known: ${found.unknown}.`;
  const { comparedWith, ledgerWrites, onlyThere } = found;
  const counts = `${formatCount(ledgerWrites)} of the ledger's writes, ${formatCount(onlyThere)} of which ${comparedWith} had not`;
  return `When ${cache} came back it held ${counts}; linking it as secondary replaced its data (P17).`;
}
