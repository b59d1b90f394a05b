import type { ActiveMeasure } from "../active-bundle.ts";
import type { DrillEvent } from "../events.ts";

/** What a run left behind that shows a rule at work. */
export type Seen = { readonly events: readonly DrillEvent[]; readonly active: ActiveMeasure | undefined };
/** A rule of the service, and whether a run saw it on real processes; otherwise the model merely declares it. */
export type Rule = { readonly id: string; readonly text: string; readonly seenBy: (seen: Seen) => boolean };

/** A command of this name was done. */
export const command =
  (word: RegExp) =>
  ({ events }: Seen): boolean =>
    events.some(
      (event) =>
        event.type === "command.done" && event.data["outcome"] === "ok" && word.test(String(event.data["operation"])),
    );

/** All of these happened. */
export const happened =
  (...types: DrillEvent["type"][]) =>
  ({ events }: Seen): boolean =>
    types.every((type) => events.some((event) => event.type === type));

export const never = (): boolean => false;
