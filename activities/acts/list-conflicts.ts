import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { conflictPageSchema, type Conflict } from "../../contracts/groups.ts";
import type { ActivityDeps } from "../deps.ts";
import type { Drill } from "../drill-types.ts";
import { observationFolder } from "../observation/start-observation.ts";
import { putFile } from "../recording/put-file.ts";
import { recordEvents } from "../recording/record.ts";

export type ConflictsInput = { readonly drill: Drill; readonly nickname: string; readonly members: readonly string[] };

/** More than anybody reads; how many there were is counted all the same. */
const LISTED_AT_MOST = 10_000;

/** Hands over each member's list of those who lost a conflict. Answers the largest count of a member. */
export async function listConflicts(deps: ActivityDeps, input: ConflictsInput): Promise<number> {
  const { drill, members } = input;
  const counts: Record<string, { readonly total: number; readonly listed: number }> = {};
  for (const member of members) {
    const { total, conflicts } = await conflictsOf(deps, input.nickname, member);
    const folder = observationFolder(deps, drill.drillId, "conflicts");
    const file = path.join(folder, `${member}.ndjson`);
    await mkdir(folder, { recursive: true });
    await writeFile(file, conflicts.map((each) => `${JSON.stringify(each)}\n`).join(""));
    await putFile(deps, drill, { path: `conflicts/${member}.ndjson`, source: { kind: "file", file } });
    counts[member] = { total, listed: conflicts.length };
  }
  await recordEvents(deps, drill, [
    { what: "conflicts", type: "note", phase: "validate", target: input.nickname, data: { conflicts: counts } },
  ]);
  return Math.max(0, ...Object.values(counts).map(({ total }) => total));
}

type Listed = { readonly total: number; readonly conflicts: readonly Conflict[] };

async function conflictsOf(deps: ActivityDeps, nickname: string, member: string): Promise<Listed> {
  const conflicts: Conflict[] = [];
  for (let after = 0; ; after = conflicts.at(-1)?.n ?? after) {
    const query = new URLSearchParams({ member, after: String(after) });
    const page = await deps.lab.call({
      method: "GET",
      path: `/lab/groups/${encodeURIComponent(nickname)}/conflicts?${query}`,
      answer: conflictPageSchema,
    });
    conflicts.push(...page.conflicts);
    if (page.conflicts.length === 0 || conflicts.length >= LISTED_AT_MOST) return { total: page.total, conflicts };
  }
}
