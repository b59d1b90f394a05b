import type { BundleView } from "../../../evidence/view.ts";

/** How many conflicts a member counted, split by rule as far as they are listed. */
type ConflictCount = {
  readonly member: string;
  readonly count: number;
  readonly byRule: readonly (readonly [rule: string, listed: number])[];
  readonly listed: number;
};

export function conflictCounts(view: BundleView): readonly ConflictCount[] {
  const lists = new Map((view.conflicts ?? []).map((list) => [list.member, list]));
  return (view.measures.active?.conflicts ?? []).map(({ member, count }) => {
    const first = lists.get(member)?.first ?? [];
    const rules = Map.groupBy(first, ({ rule }) => rule);
    const byRule = [...rules].map(([rule, losers]) => [rule, losers.length] as const);
    return { member, count, byRule: byRule.toSorted(([, one], [, other]) => other - one), listed: first.length };
  });
}
