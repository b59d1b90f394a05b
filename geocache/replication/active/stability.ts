import type { OriginId } from "./operation.ts";
import { lowest, type VersionVector } from "./version-vector.ts";

/** What a member has applied, and the last operation it had issued itself when it said so. */
export type Acknowledgement = {
  readonly origin: OriginId;
  readonly issued: number;
  readonly applied: VersionVector;
};

const MAX_WAITING = 256;

/**
 * Which operations nothing concurrent can come to any more: every member has applied them, and whatever a member had
 * issued before it said so has been applied here (without that second part members diverged, measured.md H).
 */
export class Stability {
  readonly #waiting = new Map<string, Acknowledgement[]>();
  readonly #counted = new Map<string, VersionVector>();

  acknowledge(member: string, acknowledgement: Acknowledgement): void {
    const waiting = this.#waiting.get(member) ?? [];
    waiting.push(acknowledgement);
    if (waiting.length > MAX_WAITING) waiting.splice(1, 1);
    this.#waiting.set(member, waiting);
  }

  forget(member: string): void {
    this.#waiting.delete(member);
    this.#counted.delete(member);
  }

  /** `others`: every other member of the group; one that never acknowledged holds everything back. */
  stable(applied: VersionVector, others: readonly string[]): VersionVector {
    for (const member of others) this.#count(member, applied);
    const vectors = others.map((member) => this.#counted.get(member) ?? new Map<OriginId, number>());
    return lowest([applied, ...vectors]) ?? new Map();
  }

  #count(member: string, applied: VersionVector): void {
    const waiting = this.#waiting.get(member) ?? [];
    while (waiting[0] !== undefined && waiting[0].issued <= (applied.get(waiting[0].origin) ?? 0)) {
      const [counted] = waiting.splice(0, 1);
      if (counted !== undefined) this.#counted.set(member, counted.applied);
    }
  }
}
