import type { ActiveMeasure, LagMeasure } from "../../active-bundle.ts";
import { byMember, type GroupTimeline, type MemberAt } from "./timeline.ts";

/** What each member held for each other one, at its worst and in the end. */
export function lagMeasures(timeline: GroupTimeline, fromMs: number): LagMeasure[] {
  return [...byMember(timeline)].flatMap(([member, samples]) => {
    const found = new Map<string, LagMeasure>();
    for (const { atMs, view } of samples.filter((one) => one.atMs >= fromMs)) {
      for (const { member: peer, lagOperations, lagBytes, lagMs } of view.peers) {
        const known = found.get(peer) ?? nothing(member, peer, atMs);
        found.set(peer, {
          ...known,
          maxOperations: Math.max(known.maxOperations, lagOperations),
          maxBytes: Math.max(known.maxBytes, lagBytes),
          maxMs: Math.max(known.maxMs, lagMs),
          maxAtMs: lagMs > known.maxMs ? atMs : known.maxAtMs,
          lastOperations: lagOperations,
        });
      }
    }
    return [...found.values()].toSorted((a, b) => (a.peer < b.peer ? -1 : 1));
  });
}

function nothing(member: string, peer: string, atMs: number): LagMeasure {
  return { member, peer, maxOperations: 0, maxBytes: 0, maxMs: 0, maxAtMs: atMs, lastOperations: 0 };
}

/** Who each member took for the group's members, from when on. */
export function epochChanges(timeline: GroupTimeline): ActiveMeasure["epochs"] {
  const changes = [...byMember(timeline)].flatMap(([member, samples]) => {
    const isNew = ({ view }: MemberAt, before: MemberAt | undefined): boolean =>
      before === undefined || before.view.epoch !== view.epoch || before.view.members.join() !== view.members.join();
    return samples
      .filter((one, at) => isNew(one, samples[at - 1]))
      .map(({ atMs, view: { epoch, members } }) => ({ member, atMs, epoch, members }));
  });
  return changes.toSorted((a, b) => a.atMs - b.atMs);
}
