import type { ActiveMeasure, MemberMemory } from "../active-bundle.ts";
import { command, happened, never, type Rule, type Seen } from "./rule.ts";

const measured =
  (shows: (active: ActiveMeasure) => boolean) =>
  ({ active }: Seen): boolean =>
    active !== undefined && shows(active);
const both =
  (...all: readonly ((seen: Seen) => boolean)[]) =>
  (seen: Seen): boolean =>
    all.every((each) => each(seen));

const piledUp = ({ beforeFault, atPeak }: MemberMemory): boolean =>
  beforeFault !== null && atPeak !== null && atPeak.logBytes > beforeFault.logBytes;
const released = ({ atPeak, afterRelease }: MemberMemory): boolean =>
  atPeak !== null && afterRelease !== null && afterRelease.usedBytes < atPeak.usedBytes;

/** What holds of an active group, and what shows that this run saw it on real processes. */
export const activeRules: readonly Rule[] = [
  {
    id: "A02",
    text: "Every member is a primary of its region: all accept writes",
    seenBy: measured(({ origins }) => origins.filter((one) => one.acknowledged > 0).length > 1),
  },
  { id: "A03", text: "The application chooses the member that it uses", seenBy: happened("routing.changed") },
  { id: "A10", text: "All members have the same size, policies, modules and encryption", seenBy: never },
  { id: "A13", text: "Only an authorised user may flush a group", seenBy: never },
  { id: "A20", text: "A member leaves by being deleted", seenBy: command(/^delete$/i) },
  { id: "A21", text: "A member that cannot be reached is unlinked by force", seenBy: command(/^force-?unlink$/i) },
  {
    id: "A22",
    text: "Survivors pile up what an unreachable member misses, and may run out of memory",
    seenBy: measured(({ memory }) => memory.some(piledUp)),
  },
  {
    id: "A23",
    text: "Unlinking by force releases what was piled up",
    seenBy: both(
      command(/^force-?unlink$/i),
      measured(({ memory }) => memory.some(released)),
    ),
  },
  {
    id: "A24",
    text: "An unlinked member is deleted, created anew and joins",
    seenBy: both(command(/^delete$/i), command(/^create$/i), happened("redundancy.restored")),
  },
  {
    id: "A28",
    text: "Members are brought level later, never at once: what a lost member had not sent is lost with it",
    seenBy: measured(({ origins }) => origins.some((one) => one.delayed > 0 || one.lostUnsent > 0)),
  },
  {
    id: "A29",
    text: "Concurrent writes are resolved by the type of the data",
    seenBy: measured(({ conflicts }) => conflicts.some((one) => one.count > 0)),
  },
  {
    id: "A30",
    text: "The state of the group shows who is linked and who has joined",
    seenBy: happened("membership.before", "membership.after"),
  },
  { id: "A35", text: "More writes make the pressure on memory worse", seenBy: never },
  { id: "timing-join", text: "How long creating and joining take in the service", seenBy: never },
  { id: "timing-unlink", text: "How long unlinking by force takes in the service", seenBy: never },
];
