import { messageOf } from "../../base/errors.ts";
import { removeBridges } from "./bridge.ts";
import { removeContainers } from "./cache-containers.ts";
import { readChoice } from "./choose-host.ts";
import { engineSocket } from "./engine.ts";

export type LeftoverContainers = {
  readonly removed: number;
  /** Why containers of the home may be left although it used them; null when none are. */
  readonly problem: string | null;
};

/**
 * Removes every container and network that carries the home's label, whoever made them. Without an engine there are
 * none, unless the home is known to have used containers.
 */
export async function removeLeftoverContainers(home: string): Promise<LeftoverContainers> {
  const usedContainers = (await readChoice(home))?.kind === "container";
  if (engineSocket() === undefined && !usedContainers) return { removed: 0, problem: null };
  try {
    const removed = await removeContainers(home);
    await removeBridges(home);
    return { removed, problem: null };
  } catch (error) {
    return { removed: 0, problem: usedContainers ? messageOf(error) : null };
  }
}
