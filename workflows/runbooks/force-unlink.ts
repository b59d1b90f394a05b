import type { ForceUnlinkInput } from "../../activities/acts/force-unlink.ts";
import { waits } from "../acts.ts";

/** Destructive: gives up what the lost member alone holds, so that the survivors stop piling up what it misses. */
export async function forceUnlinkRunbook(input: ForceUnlinkInput): Promise<void> {
  await waits.forceUnlinkMember(input);
}
