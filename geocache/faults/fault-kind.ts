import type { ApiClient } from "../../base/http-client.ts";
import type { Fault } from "../../contracts/fault.ts";
import type { Undo } from "./undo.ts";
import type { Containers } from "./members/containers.ts";

/** What a fault may touch. */
export type World = {
  /** Where leases are kept for watchdogs, which undo what does not end by itself when the keeper is dead. */
  readonly leaseFolder: string;
  /** The keeper's record of every fault and its undo. */
  readonly recordFile: string;
  readonly lab: ApiClient;
  readonly network: ApiClient;
  readonly containers: Containers;
};

export type FaultContext<F extends Fault, U extends Undo> = {
  readonly id: string;
  readonly fault: F;
  readonly undo: U;
  readonly leaseEndsAtMonoNs: bigint;
  readonly world: World;
  /** Stores a changed undo; to be awaited before the act that it undoes. */
  saveUndo(undo: U): Promise<void>;
};

export type Check = { readonly what: string; readonly holds: boolean };

/**
 * One kind of fault. `prepare` only looks; its undo is on disk before `inject` acts. `inject` ends once the fault was
 * seen to hold. `lift` may be repeated, also when nothing was injected and when the target has gone.
 */
export type FaultHandler<F extends Fault = Fault, U extends Undo = Undo> = {
  prepare(id: string, fault: F, world: World): Promise<U>;
  /** What the fault really touched, in words; null when there is nothing to add. */
  inject(context: FaultContext<F, U>): Promise<string | null>;
  renew(context: FaultContext<F, U>): Promise<void>;
  lift(context: FaultContext<F, U>): Promise<void>;
  /** Looks whether the world is as before. */
  verify(context: FaultContext<F, U>): Promise<Check[]>;
  /** What may follow once the fault is seen to be gone; it may be repeated. */
  settle(context: FaultContext<F, U>): Promise<void>;
};
