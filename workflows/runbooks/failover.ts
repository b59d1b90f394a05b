import type { FailOverInput } from "../../activities/acts/fail-over.ts";
import { waits } from "../acts.ts";

/** Unlinks, waits until the secondary takes writes, switches the whole stack and confirms it. */
export async function failoverRunbook(input: FailOverInput): Promise<void> {
  await waits.failOver(input);
}
