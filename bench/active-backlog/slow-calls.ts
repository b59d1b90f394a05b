import { groupNames } from "../../geocache/replication/active/member/group-names.ts";
import type { TestMember } from "../../geocache/replication/active/member/members.test-helper.ts";

/** For how long a syncer's functions kept a redis from everything else, at most. */
export type SlowCalls = { readonly trimMs: number; readonly applyMs: number };

/** Calls that took less are not noted and count as this much. */
const THRESHOLD_US = 200;
const MAX_ENTRIES = 100_000;

/** From here on each redis notes its slow calls in its own slow log. */
export async function recordSlowCalls(
  members: readonly TestMember[],
): Promise<{ readonly longest: () => Promise<SlowCalls> }> {
  const admins = members.map((member) => ({ admin: member.admin(), names: groupNames(member.config.secret) }));
  for (const { admin } of admins) {
    await admin.config("SET", "slowlog-log-slower-than", THRESHOLD_US);
    await admin.config("SET", "slowlog-max-len", MAX_ENTRIES);
    await admin.slowlog("RESET");
  }
  const longestOf = async (word: "trim" | "apply"): Promise<number> => {
    let longestUs = THRESHOLD_US;
    for (const { admin, names } of admins) {
      for (const entry of (await admin.slowlog("GET", MAX_ENTRIES)) as SlowEntry[]) {
        if (entry[3].includes(names.functions[word])) longestUs = Math.max(longestUs, entry[2]);
      }
    }
    return longestUs / 1000;
  };
  return { longest: async () => ({ trimMs: await longestOf("trim"), applyMs: await longestOf("apply") }) };
}

/** Number, time, duration in µs, arguments. */
type SlowEntry = readonly [number, number, number, readonly string[]];
