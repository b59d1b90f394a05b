import { z } from "zod";
import { formatCount, formatInterval } from "../../evidence/format.ts";
import type { BundleView } from "../../evidence/view.ts";

const noteSchema = z.object({
  discarded: z.union([
    z.object({ cache: z.string(), comparedWith: z.string(), ledgerWrites: z.number(), onlyThere: z.number() }),
    z.object({ cache: z.string(), unknown: z.string() }),
  ]),
});

const restoredSchema = z.object({ fullSync: z.object({ loMs: z.number(), hiMs: z.number() }) });

/** What a cache alone held when it came back, and how long replacing its data took (P17). Empty when none came back. */
export function rejoined(view: BundleView): readonly string[] {
  return view.events.flatMap(({ type, data }) => {
    const note = type === "note" ? noteSchema.safeParse(data) : undefined;
    if (note?.success) return [inWords(note.data.discarded)];
    const restored = type === "redundancy.restored" ? restoredSchema.safeParse(data) : undefined;
    if (!restored?.success) return [];
    const { loMs, hiMs } = restored.data.fullSync;
    return [`The full sync took ${formatInterval({ kind: "measured", lo: loMs, hi: hiMs, unit: "ms" })}.`];
  });
}

function inWords(found: z.infer<typeof noteSchema>["discarded"]): string {
  const { cache } = found;
  if ("unknown" in found) return `What ${cache} alone held when it came back is not known: ${found.unknown}.`;
  const { comparedWith, ledgerWrites, onlyThere } = found;
  const counts = `${formatCount(ledgerWrites)} of the ledger's writes, ${formatCount(onlyThere)} of which ${comparedWith} had not`;
  return `When ${cache} came back it held ${counts}; linking it as secondary replaced its data (P17).`;
}
