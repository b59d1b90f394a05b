import { putFileAnswerSchema } from "../../contracts/recorder.ts";
import type { ActivityDeps } from "../deps.ts";
import type { Drill } from "../drill-types.ts";

type Source = { readonly kind: "text"; readonly text: string } | { readonly kind: "file"; readonly file: string };

/** Hands a file over to the bundle under `path`. */
export async function putFile(
  deps: ActivityDeps,
  drill: Drill,
  file: { readonly path: string; readonly source: Source },
): Promise<void> {
  await deps.recorder.call({
    method: "PUT",
    path: `/bundles/${drill.drillId}/files`,
    body: { fencingToken: drill.fencingToken, path: file.path, source: file.source },
    answer: putFileAnswerSchema,
    timeoutMs: 60_000,
  });
}
