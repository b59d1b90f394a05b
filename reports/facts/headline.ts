import type { Verdict, VerdictFile } from "../../evidence/bundle.ts";
import { headlineOf } from "../../evidence/headline.ts";
import type { BundleView } from "../../evidence/view.ts";

type ObjectiveResult = VerdictFile["objectives"][number];

const severity: Readonly<Record<Verdict, number>> = { fail: 0, inconclusive: 1, pass: 2 };

/** Failures first, then what is not known, then what passed; within each as the scenario lists them. */
export function objectivesWorstFirst(view: BundleView): readonly ObjectiveResult[] {
  return view.verdict.objectives.toSorted((a, b) => severity[a.verdict] - severity[b.verdict]);
}

/** What a reader must know if nothing else is read, line by line. */
export function headline(view: BundleView): readonly (readonly [name: string, said: string])[] {
  const { rto, lostWrites, group } = headlineOf(view.scenario, view);
  const { objectives, ending } = view.verdict;
  const kept = objectives.filter((objective) => objective.verdict === "pass").length;
  const count = `${kept} of ${objectives.length} shown to be kept`;
  return [
    ["Recovery time", rto],
    ["Lost writes", lostWrites],
    ...group,
    ["Objectives", objectives.length === 0 ? "none was judged" : count],
    ...(ending === "completed" ? [] : [["Ending", `the run ended early: ${ending}`] as const]),
  ];
}
