import type { ChainReading } from "../chain.ts";
import { endingOf } from "../derive.ts";
import type { DrillEvent } from "../events.ts";
import { files } from "../layout.ts";
import type { Manifest } from "../manifest.ts";
import type { Problem } from "../read-bundle.ts";

/** The chain is whole, is the one that was sealed, and tells one run from its opening to its closing, in order. */
export function checkEvents(chain: ChainReading, manifest: Manifest): Problem[] {
  const bad = (problem: string): Problem => ({ file: files.events, problem });
  if (chain.problem !== null) return [bad(chain.problem)];
  const problems = outOfOrder(chain.events).map(bad);
  if (chain.events.length !== manifest.events.count || chain.head !== manifest.events.head) {
    problems.push(bad("is not the chain that was sealed"));
  }
  if (chain.events[0]?.type !== "run.opened") problems.push(bad("does not begin with run.opened"));
  const closed = chain.events.at(-1);
  if (closed?.type !== "run.closed") problems.push(bad("does not end with run.closed"));
  else if (closed.data["nonce"] !== manifest.nonce) problems.push(bad("was closed by another sealing"));
  if (endingOf(chain.events) !== manifest.ending) problems.push(bad("ends otherwise than the manifest says"));
  return problems;
}

/** A chain made anew over events that were copied or moved is whole; what the recorder never does gives it away. */
function outOfOrder(events: readonly DrillEvent[]): string[] {
  const places = new Map<string, number>();
  return events.flatMap((event, at) => {
    const problems: string[] = [];
    const first = places.get(event.key);
    if (first !== undefined) problems.push(`event ${at} repeats event ${first}`);
    places.set(event.key, first ?? at);
    const before = events[at - 1];
    if (before && recordedBefore(event, before)) problems.push(`event ${at} was recorded before event ${at - 1}`);
    return problems;
  });
}

/** By both clocks: either alone may go back, one when the machine is started anew, the other when it is set. */
function recordedBefore({ recordedAt: a }: DrillEvent, { recordedAt: b }: DrillEvent): boolean {
  return BigInt(a.monoNs) < BigInt(b.monoNs) && a.utc <= b.utc;
}
