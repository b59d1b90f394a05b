import { z } from "zod";
import { LifeboatError } from "../../../base/errors.ts";
import { waitFor } from "../../../base/waits.ts";
import type { Fault } from "../../../contracts/fault.ts";
import { regionMemberListSchema, type RegionMember } from "../../../contracts/lab.ts";
import type { FaultContext, FaultHandler, World } from "../fault-kind.ts";
import { freezeMember, killMember, memberState, thawMember, type MemberState } from "../members/members.ts";
import { removeLease, writeLease } from "../members/lease-file.ts";
import { startWatchdogs } from "../members/thaw-watchdog.ts";
import type { ConditionUndo, MembersUndo } from "../undo.ts";
import { isolation } from "./isolation.ts";

type Outage = Extract<Fault, { kind: "region-outage" }>;
type Context = FaultContext<Outage, MembersUndo>;

const holdTimeoutMs = 5000;

/** The whole region: its members are frozen, killed, or cut off. Lifting restarts and destroys nothing. */
export const regionOutage: FaultHandler<Outage, MembersUndo | ConditionUndo> = {
  async prepare(id, fault, world) {
    if (fault.mode === "isolate") return isolation.prepare(id, fault, world);
    const members = await membersOf(world, fault.region);
    if (members.length === 0)
      throw new LifeboatError("CONFLICT", `region ${fault.region} has no members to ${fault.mode}`);
    // Whoever cannot be looked at could not be seen to run again either.
    await Promise.all(members.map((member) => memberState(member, world.containers)));
    return { type: "members", members };
  },
  async inject(context) {
    await announce(context.world, context.fault.region, false).catch(() => {});
    if (isIsolation(context)) return isolation.inject(context);
    return stopMembers(await withLateMembers(membersContext(context)));
  },
  async renew(context) {
    if (isIsolation(context)) return isolation.renew(context);
    if (context.fault.mode === "freeze")
      await writeLease(context.world.leaseFolder, context.id, context.leaseEndsAtMonoNs);
  },
  async lift(context) {
    if (isIsolation(context)) return isolation.lift(context);
    if (context.fault.mode === "kill") return;
    const { members } = membersContext(context).undo;
    await forAll(members, (member) => thawMember(member, context.world.containers));
    await removeLease(context.world.leaseFolder, context.id);
  },
  async verify(context) {
    if (isIsolation(context)) return isolation.verify(context);
    const { undo, world } = membersContext(context);
    return Promise.all(
      undo.members.map(async (member) => {
        const state = await memberState(member, world.containers);
        return { what: `${member.kind} ${member.name} is ${state}`, holds: state !== "frozen" };
      }),
    );
  },
  settle: ({ fault, world }) => announce(world, fault.region, true),
};

function isIsolation(
  context: FaultContext<Outage, MembersUndo | ConditionUndo>,
): context is FaultContext<Outage, ConditionUndo> {
  return context.undo.type === "condition";
}

function membersContext(context: FaultContext<Outage, MembersUndo | ConditionUndo>): Context {
  if (context.undo.type === "members") return context as Context;
  throw new LifeboatError("INTERNAL", "an outage of members without members");
}

/** The control plane may have started something before it heard of the outage. */
async function withLateMembers(context: Context): Promise<Context> {
  const known = new Set(context.undo.members.map((member) => JSON.stringify(member)));
  const now = await membersOf(context.world, context.fault.region);
  const late = now.filter((member) => !known.has(JSON.stringify(member)));
  if (late.length === 0) return context;
  const undo = { ...context.undo, members: [...context.undo.members, ...late] };
  await context.saveUndo(undo);
  return { ...context, undo };
}

async function stopMembers(context: Context): Promise<string> {
  const { fault, undo, world } = context;
  const wanted: MemberState = fault.mode === "freeze" ? "frozen" : "gone";
  if (fault.mode === "freeze") await watch(context);
  const stop = fault.mode === "freeze" ? freezeMember : killMember;
  await forAll(undo.members, (member) => stop(member, world.containers));
  const states = await waitFor(
    async () => {
      const seen = await Promise.all(undo.members.map((member) => memberState(member, world.containers)));
      return seen.every((state) => state === wanted || state === "gone") && seen;
    },
    { what: `every member of ${fault.region} to be ${wanted}`, timeoutMs: holdTimeoutMs, intervalMs: 5 },
  );
  return undo.members.map((member, at) => `${member.kind} ${member.name} ${states[at] ?? ""}`).join(", ");
}

async function watch({ id, undo, world, leaseEndsAtMonoNs }: Context): Promise<void> {
  await writeLease(world.leaseFolder, id, leaseEndsAtMonoNs);
  await startWatchdogs(world.leaseFolder, id, undo.members);
}

/** Tries every member even when one fails. @throws what the first failure was */
async function forAll(members: readonly RegionMember[], act: (member: RegionMember) => Promise<void>): Promise<void> {
  const results = await Promise.allSettled(members.map(act));
  const failure = results.find((result) => result.status === "rejected");
  if (failure) throw failure.reason;
}

async function membersOf(world: World, region: string): Promise<RegionMember[]> {
  const path = `/lab/regions/${region}/members`;
  return (await world.lab.call({ method: "GET", path, answer: regionMemberListSchema })).members;
}

async function announce(world: World, region: string, available: boolean): Promise<void> {
  const path = `/lab/regions/${region}/availability`;
  await world.lab.call({ method: "PUT", path, body: { available }, answer: z.unknown(), timeoutMs: 3000 });
}
