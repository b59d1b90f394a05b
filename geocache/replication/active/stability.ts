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
 * issued before it said so has been applied here (without that second part members diverged, measured.md H). The same
 * goes for what a member had of an origin that nobody speaks for any more: it may have more of it than anybody else.
 * Acknowledgements count for the membership they were given under: with each epoch this starts anew.
 */
export class Stability {
  readonly #isFormer: (origin: OriginId) => boolean;
  readonly #waiting = new Map<string, Acknowledgement[]>();
  readonly #counted = new Map<string, Acknowledgement>();

  constructor(isFormer: (origin: OriginId) => boolean) {
    this.#isFormer = isFormer;
  }

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

  forgetAll(): void {
    this.#waiting.clear();
    this.#counted.clear();
  }

  /** `others`: every other member of the group; one that never acknowledged holds everything back. */
  stable(applied: VersionVector, others: readonly string[]): VersionVector {
    for (const member of others) this.#count(member, applied);
    return lowest([applied, ...others.map((member) => this.#knownTo(member, applied))]) ?? new Map();
  }

  /** What nothing that is still to come from a member can be concurrent to. Of its own operations that is all: they follow each other. */
  #knownTo(member: string, applied: VersionVector): VersionVector {
    const counted = this.#counted.get(member);
    // What a former incarnation had, the present one may have lost.
    if (counted === undefined || this.#isFormer(counted.origin)) return new Map();
    return new Map(counted.applied).set(counted.origin, applied.get(counted.origin) ?? 0);
  }

  #count(member: string, applied: VersionVector): void {
    const waiting = this.#waiting.get(member) ?? [];
    while (waiting[0] !== undefined && this.#counts(waiting[0], applied)) {
      const [counted] = waiting.splice(0, 1);
      if (counted !== undefined) this.#counted.set(member, counted);
    }
  }

  #counts(acknowledgement: Acknowledgement, applied: VersionVector): boolean {
    if (acknowledgement.issued > (applied.get(acknowledgement.origin) ?? 0)) return false;
    return [...acknowledgement.applied].every(
      ([origin, seq]) => seq <= (applied.get(origin) ?? 0) || !this.#isFormer(origin),
    );
  }
}
