import type { GroupDoc } from "../groups/model.ts";
import type { EnterpriseProfile } from "../groups/profiles.ts";
import type { EnterpriseCache } from "../model.ts";
import { refuse, refuseField, type Rule } from "./refusal.ts";

type Given = {
  readonly groupNickname?: string | undefined;
  readonly linkedDatabases?: readonly { id: string }[] | undefined;
};

/** A09: membership comes with creation, and what exists is neither added nor moved by a PUT or a PATCH. */
export const a09OnlyAtCreation: Rule<{ existing: EnterpriseCache; given: Given | undefined }> = ({
  existing,
  given,
}) => {
  if (given === undefined || (existing.group !== null && given.groupNickname === existing.group)) return undefined;
  const reason = `'${given.groupNickname ?? ""}' must be left out: a running database is not added to a group.`;
  return refuseField("A09", "properties.geoReplication.groupNickname", reason);
};

export type ForceLinkRequest = {
  readonly profile: EnterpriseProfile;
  readonly own: EnterpriseCache;
  readonly nickname: string;
  readonly groupOfOwn: GroupDoc | undefined;
};

/** A09, A24: by the older documentation a database joins by being deleted and created again. */
export const a24OnlyByRecreation: Rule<ForceLinkRequest> = ({ profile }) =>
  profile === "documented-2021"
    ? refuse(
        400,
        "BadRequest",
        "A running database is not added to a group: delete it and create it in the group (A09, A24).",
      )
    : undefined;

/** A34: a database is taken into a group that exists, and not out of another one. */
export const a34JoinsExistingGroup: Rule<ForceLinkRequest> = ({ own, nickname, groupOfOwn }) => {
  const isMember = groupOfOwn?.members.some((member) => member.cache === own.name) ?? false;
  const isOthers = own.group !== null && own.group !== nickname;
  return isMember || isOthers
    ? refuseField(
        "A34",
        "geoReplication.groupNickname",
        `'${nickname}': ${own.displayName} is a member of '${own.group ?? ""}' and must be in no group.`,
      )
    : undefined;
};
