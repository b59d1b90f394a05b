import type { RejoinInput } from "../../activities/acts/rejoin.ts";
import { waits } from "../acts.ts";

/** Brings the old primary back as the new secondary: its data are replaced (P17). Answers the full sync's ms. */
export async function rejoinRunbook(input: RejoinInput): Promise<number> {
  await waits.awaitReturned(input);
  return waits.relink(input);
}
