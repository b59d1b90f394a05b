import type { Logger } from "../../base/log.ts";
import type { Fault } from "../../contracts/fault.ts";
import type { FaultContext, World } from "./fault-kind.ts";
import type { Entry, Store } from "./store.ts";
import type { Undo } from "./undo.ts";

export type KeeperParts = { readonly store: Store; readonly world: World; readonly log: Logger };

/** What a handler is told about its fault. */
export function contextOf(entry: Entry, { store, world }: KeeperParts): FaultContext<Fault, Undo> {
  return {
    id: entry.record.id,
    fault: entry.record.fault,
    undo: entry.undo,
    leaseEndsAtMonoNs: BigInt(entry.record.leaseEndsAt.monoNs),
    world,
    saveUndo: (undo) => store.put({ ...(store.get(entry.record.id) ?? entry), undo }),
  };
}
