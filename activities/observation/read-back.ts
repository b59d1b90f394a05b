import path from "node:path";
import { readBackAnswerSchema, type ReadBackRequest } from "../../contracts/ledger.ts";
import { cacheLogin } from "../clients/cache-access.ts";
import type { ActivityDeps } from "../deps.ts";
import type { Place } from "../../scenarios/pair.ts";
import type { Drill } from "../drill-types.ts";
import { putFile } from "../recording/put-file.ts";

export type ReadBackInput = {
  readonly drill: Drill;
  readonly label: ReadBackRequest["label"];
  /** The caches that must hold every acknowledged write. */
  readonly caches: readonly Place[];
};

const TIMEOUT_MS = 120_000;

/** Reads every write of the ledger back from each cache, and hands over what was read. Repeating it reads anew. */
export async function readBack(deps: ActivityDeps, input: ReadBackInput): Promise<void> {
  const { drill, label } = input;
  const caches = await Promise.all(
    input.caches.map(async ({ cache, region }) => ({ cache, ...(await cacheLogin(deps, region, cache)) })),
  );
  const { reads } = await deps.ledger.call({
    method: "POST",
    path: `/ledgers/${drill.drillId}/read-back`,
    body: { label, caches, timeoutMs: TIMEOUT_MS },
    answer: readBackAnswerSchema,
    timeoutMs: TIMEOUT_MS + 5000,
  });
  for (const read of reads) {
    const source = { kind: "file", file: read.path } as const;
    await putFile(deps, drill, { path: `ledger/${path.basename(read.path)}`, source });
  }
}
