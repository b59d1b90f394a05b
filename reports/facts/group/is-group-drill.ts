import type { BundleView } from "../../../evidence/view.ts";

/** Whether the bundle tells of an active group; every other report has no word of one. */
export function isGroupDrill({ measures, scenario }: BundleView): boolean {
  return measures.active !== undefined || scenario?.topology.kind === "active-group";
}
