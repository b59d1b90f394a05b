import { isGroupDrill } from "../../facts/group/is-group-drill.ts";
import type { Markup } from "../markup.ts";
import type { PageInput } from "../page.ts";
import { section, type SectionHead } from "../parts.ts";
import { changes } from "./changes.ts";
import { checkList } from "./checks.ts";
import { commandLog } from "./command-log.ts";
import { deviationList } from "./deviation-list.ts";
import { environment } from "./environment.ts";
import { faults } from "./faults.ts";
import { convergence } from "./group/convergence.ts";
import { decision } from "./group/decision.ts";
import { members } from "./group/members.ts";
import { memory } from "./group/memory.ts";
import { origins } from "./group/origins.ts";
import { conflicts, lag } from "./group/replication.ts";
import { identity } from "./identity.ts";
import { ledger } from "./ledger.ts";
import { limits, modelled } from "./limits.ts";
import { load } from "./load.ts";
import { objectives } from "./objectives.ts";
import { phaseTable } from "./phase-table.ts";
import { recovery } from "./recovery.ts";
import { attribution, timeline } from "./timeline.ts";
import { files, verifying } from "./verifying.ts";

type Render = (input: PageInput) => Markup;
/** `group`: only of a drill that had an active group. */
type Entry = readonly [id: string, title: string, render: Render, only?: "group"];

/** The order is the reader's: verdict, what was measured, how it went, what changed, what to believe of it. */
const entries: readonly Entry[] = [
  ["identity", "Identity", identity],
  ["objectives", "Objectives", objectives],
  ["recovery", "Recovery", recovery],
  ["phases", "Phases", phaseTable],
  ["faults", "Faults", faults],
  ["timeline", "Timeline", timeline],
  ["attribution", "Where it failed: caches", attribution],
  ["memory", "Memory and forecast", memory, "group"],
  ["decision", "Decision and unlink by force", decision, "group"],
  ["members", "Members and epochs", members, "group"],
  ["membership", "Membership before and after", changes],
  ["lag", "Lag per member and peer", lag, "group"],
  ["convergence", "Convergence", convergence, "group"],
  ["conflicts", "Conflicts", conflicts, "group"],
  ["ledger", "Data-loss ledger", ledger],
  ["origins", "Writes by origin region", origins, "group"],
  ["load", "Load", load],
  ["commands", "Commands", commandLog],
  ["checks", "Checks", checkList],
  ["deviations", "Deviations from the plan", deviationList],
  ["environment", "What it ran on", environment],
  ["modelled", "What was modelled, what observed", modelled],
  ["limits", "What this run does not show", limits],
  ["verify", "How to verify", verifying],
  ["files", "Files", files],
];

export function sections(input: PageInput): readonly { readonly head: SectionHead; readonly content: Markup }[] {
  const hasGroup = isGroupDrill(input.view);
  const applying = entries.filter(([, , , only]) => only === undefined || hasGroup);
  return applying.map(([id, title, render]) => ({
    head: { id, title },
    content: section({ id, title }, render(input)),
  }));
}
