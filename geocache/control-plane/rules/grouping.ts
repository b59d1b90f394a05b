import type { DatabaseSettings, GroupDoc } from "../groups/model.ts";
import { a10SameSettings, refusalOfSettings, type Candidate } from "./member-settings.ts";
import type { EnterpriseProfile } from "../groups/profiles.ts";
import { firstRefusal, refuseField, refuseNow, type Refusal, type Rule } from "./refusal.ts";

const MOST_MEMBERS = 5;
const NICKNAME = "properties.geoReplication.groupNickname";
const LINKED = "properties.geoReplication.linkedDatabases";
const idForm =
  /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\/Microsoft\.Cache\/redisEnterprise\/[^/]+\/databases\/default$/;

/** A database that is to be the first of a group, or to join one. */
export type GroupRequest = {
  readonly own: Candidate;
  readonly nickname: string;
  readonly linked: readonly string[];
  readonly profile: EnterpriseProfile;
  /** The group of that nickname, where there is one. */
  readonly group: GroupDoc | undefined;
  readonly members: readonly (Candidate & { readonly isReady: boolean })[];
};

/** A01: at most five. */
const a01AtMostFive: Rule<GroupRequest> = ({ linked, members }) => {
  const count = Math.max(linked.length, members.length + 1);
  return count > MOST_MEMBERS
    ? refuseField("A01", LINKED, `${count} databases must be ${MOST_MEMBERS} at the most.`)
    : undefined;
};

/** A18: the form of an id. It is compared letter by letter, case included. */
const a18IdForm: Rule<GroupRequest> = ({ linked }) => {
  const at = linked.findIndex((id) => !idForm.test(id));
  const form = "/subscriptions/…/resourceGroups/…/providers/Microsoft.Cache/redisEnterprise/…/databases/default";
  return at < 0
    ? undefined
    : refuseField("A18", `${LINKED}[${at}].id`, `'${linked[at] ?? ""}' must have the form ${form}.`);
};

/** A16: the database that is created is among them. */
const a16OwnIdLinked: Rule<GroupRequest> = ({ own, linked }) =>
  linked.includes(own.id)
    ? undefined
    : refuseField("A16", LINKED, `${linked.join(", ") || "nothing"} must contain the database itself, ${own.id}.`);

/** A27: the nickname is the group's, letter by letter. */
const a27ExactNickname: Rule<GroupRequest> = ({ nickname, linked, group }) => {
  if (!/^(?=.{1,63}$)[A-Za-z0-9]+(-[A-Za-z0-9]+)*$/.test(nickname)) {
    return refuseField("A27", NICKNAME, `'${nickname}' must be 1–63 letters, digits and single inner hyphens.`);
  }
  return group === undefined && linked.length > 1
    ? refuseField("A27", NICKNAME, `'${nickname}' must be the nickname of the group of the linked databases.`)
    : undefined;
};

/** A14, A17: the first names itself alone; whoever joins names all members. */
const a17AllMembersListed: Rule<GroupRequest> = ({ own, linked, members }) => {
  const missing = members.find((member) => !linked.includes(member.id));
  if (missing) return refuseField("A17", LINKED, `must list every member of the group; ${missing.id} is missing.`);
  const stranger = linked.find((id) => id !== own.id && !members.some((member) => member.id === id));
  return stranger === undefined
    ? undefined
    : refuseField("A17", LINKED, `${stranger} must be a member of the group, and is not.`);
};

/** A15: one after the other. */
const a15MembersReady: Rule<GroupRequest> = ({ members }) => {
  const busy = members.find((member) => !member.isReady);
  return busy && refuseNow("A15", `${busy.id} is being created, joined or deleted: wait until that has ended.`);
};

const a10LikeEveryMember: Rule<GroupRequest> = ({ own, members }) => {
  const [member] = members;
  return member && a10SameSettings({ own, member });
};

export function refusalToJoin(request: GroupRequest): Refusal | undefined {
  return (
    refusalOfSettings({ ...request.own, profile: request.profile }) ??
    firstRefusal(
      [
        a18IdForm,
        a16OwnIdLinked,
        a01AtMostFive,
        a27ExactNickname,
        a17AllMembersListed,
        a10LikeEveryMember,
        a15MembersReady,
      ],
      request,
    )
  );
}

/** A19: the clustering policy is chosen at creation; only a database that had none may still choose. */
export const a19ClusteringPolicyStays: Rule<{ from: DatabaseSettings; to: DatabaseSettings }> = ({ from, to }) =>
  from.clusteringPolicy === to.clusteringPolicy || from.clusteringPolicy === "NoCluster"
    ? undefined
    : refuseField(
        "A19",
        "properties.clusteringPolicy",
        `'${to.clusteringPolicy}' must be ${from.clusteringPolicy}, as it was created.`,
      );
