import type { Conflict, MemberView } from "../../../../contracts/groups.ts";
import type { AttachTarget } from "../capture/attachment.ts";
import type { SecretNames } from "../secrets.ts";
import type { Membership } from "../store/member-state.ts";

export type MemberPhase = MemberView["phase"];

export type SyncerInput = {
  readonly member: string;
  /** Peers prove themselves with it. */
  readonly token: string;
  readonly names: SecretNames;
  readonly redis: AttachTarget;
  readonly listen: { readonly host: string; readonly port: number };
  /** Address of this process as its own redis reaches it, for the snapshot of a joining member. Default: `listen.host`. */
  readonly hostForRedis?: string;
  /** What it was started with; a later one that its redis remembers holds instead. Without any it waits for one. */
  readonly membership?: Membership;
  readonly clockOffsetUs: number;
  /** What clients may do: nothing while `joining` or `failed`, read while `catching-up`, everything once `open`. */
  readonly setClientAccess?: (phase: MemberPhase) => Promise<void>;
  readonly onConflict?: (conflict: Omit<Conflict, "n">) => void;
  /** The syncer cannot go on: whoever runs it starts a new one, which resumes from what its redis holds. */
  readonly onFailed: (reason: string) => void;
};
