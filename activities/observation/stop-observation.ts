import path from "node:path";
import { ledgerResultSchema } from "../../contracts/ledger.ts";
import { sessionResultSchema } from "../../contracts/observer.ts";
import { signalsResultSchema } from "../../contracts/signals.ts";
import { isLifeboatError } from "../../base/errors.ts";
import type { ActivityDeps } from "../deps.ts";
import type { Drill } from "../drill-types.ts";
import { stopLoad } from "../load/run-k6.ts";
import { putFile } from "../recording/put-file.ts";
import { observationFolder } from "./start-observation.ts";

/** Ends probes and writers and hands their raw files over. What never ran is passed over. */
export async function stopObservation(deps: ActivityDeps, drill: Drill): Promise<void> {
  await absentIsFine(async () => {
    const { files } = await deps.observer.call({
      method: "POST",
      path: `/sessions/${drill.drillId}/stop`,
      answer: sessionResultSchema,
      timeoutMs: 60_000,
    });
    for (const file of files) {
      const source = { kind: "file", file: file.path } as const;
      await putFile(deps, drill, { path: `probes/${path.basename(file.path)}`, source });
    }
  });
  await absentIsFine(async () => {
    const writes = await deps.ledger.call({
      method: "POST",
      path: `/ledgers/${drill.drillId}/stop`,
      answer: ledgerResultSchema,
      timeoutMs: 60_000,
    });
    const source = { kind: "file", file: writes.path } as const;
    await putFile(deps, drill, { path: `ledger/${path.basename(writes.path)}`, source });
  });
  await absentIsFine(async () => {
    const signals = await deps.observer.call({
      method: "POST",
      path: `/signals/${drill.drillId}/stop`,
      answer: signalsResultSchema,
    });
    const source = { kind: "file", file: signals.path } as const;
    await putFile(deps, drill, { path: `signals/${path.basename(signals.path)}`, source });
  });
  await absentIsFine(async () => {
    const { bucketsFile } = await stopLoad(observationFolder(deps, drill.drillId, "load"));
    await putFile(deps, drill, { path: "load/buckets.ndjson", source: { kind: "file", file: bucketsFile } });
  });
}

async function absentIsFine(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (isLifeboatError(error) && error.code === "NOT_FOUND") return;
    throw error;
  }
}
