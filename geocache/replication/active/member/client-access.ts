import type { MemberView } from "../../../../contracts/groups.ts";

/** How far a member's clients are let in. Its syncer moves it from one to the next. */
type ClientAccess = "closed" | "read-only" | "open";

/** What is right for each phase of a member. */
export const accessIn: Readonly<Record<MemberView["phase"], ClientAccess>> = {
  joining: "closed",
  "catching-up": "read-only",
  open: "open",
  failed: "closed",
};

/** Channels and rights that no state gives: with one of them a client could change or learn what the group rests on. */
const WITHHELD = [
  // KEYS, FLUSHALL, FLUSHDB, SWAPDB, CONFIG, DEBUG, REPLICAOF, MIGRATE, MONITOR, SHUTDOWN, CLIENT KILL and their like
  "-@admin",
  "-@dangerous",
  // In the other database lie the log and the state. COPY … DB stays: what lies there has secret names.
  "-select",
  "-move",
  // A script is a client's own command; a function may be the syncer's, and an ACL cannot tell one from the other.
  "-fcall",
  "-fcall_ro",
  "-function",
  // SCRIPT FLUSH and KILL reach into what other clients do.
  "-script",
  // With BCAST it would announce every key of every database, the secret ones among them.
  "-client|tracking",
];

/** What is harmless of the withheld: libraries ask INFO first and may name the database that they are in. */
const GRANTED = ["+info", "+sort_ro", "+select|0", "+script|load", "+script|exists"];

const rules: Readonly<Record<ClientAccess, readonly string[]>> = {
  closed: ["off", "-@all"],
  "read-only": ["on", "-@all", "+@all", "-@write", ...WITHHELD, ...GRANTED],
  open: ["on", "-@all", "+@all", ...WITHHELD, ...GRANTED, "+sort"],
};

/** What stands behind `ACL SETUSER <user>`, and behind `user <user>` in an ACL file; passwords and keys stay. */
export function accessRules(access: ClientAccess): readonly string[] {
  return rules[access];
}

/**
 * The commands that bring a running redis there, each as its words. Whoever is connected is cut off where rights are
 * taken: a client that waits in BLPOP would otherwise write once an element comes.
 */
export function commandsToEnter(access: ClientAccess, user: string): readonly (readonly [string, ...string[]])[] {
  const set = ["ACL", "SETUSER", user, ...rules[access]] as const;
  return access === "open" ? [set] : [set, ["CLIENT", "KILL", "USER", user, "SKIPME", "yes"]];
}
