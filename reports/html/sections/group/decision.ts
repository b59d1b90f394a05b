import { decisionFacts } from "../../../facts/group/decision.ts";
import type { Markup } from "../../markup.ts";
import type { PageInput } from "../../page.ts";
import { factList, nothing } from "../../parts.ts";

/** Who decided to unlink a member by force, knowing what, and how much memory was left. */
export function decision({ view, clock, caps }: PageInput): Markup {
  const facts = decisionFacts(view, clock);
  return facts.length === 0 ? nothing("Nobody had to decide anything in this run.") : factList(facts, caps);
}
