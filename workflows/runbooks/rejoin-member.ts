import type { OldMemberInput } from "../../activities/acts/old-member.ts";
import type { RejoinMemberInput } from "../../activities/acts/rejoin-member.ts";
import { waits } from "../acts.ts";

export type RejoinMember = RejoinMemberInput & Pick<OldMemberInput, "survivors">;

/** Destructive: an unlinked member whose region is back is deleted, created anew and joins (A24). Answers ms. */
export async function rejoinMemberRunbook({ drill, topology, lost, survivors }: RejoinMember): Promise<number> {
  await waits.checkOldMember({ drill, nickname: topology.nickname, lost, survivors });
  return waits.recreateMember({ drill, topology, lost });
}
