import type { OriginId } from "./operation.ts";

/** Origin → the highest sequence of it that has been applied; an origin that is not named counts as 0. */
export type VersionVector = ReadonlyMap<OriginId, number>;

export function withProgress(vector: VersionVector, origin: OriginId, seq: number): VersionVector {
  return new Map(vector).set(origin, Math.max(seq, vector.get(origin) ?? 0));
}

/** Whether `vector` holds everything that `wanted` names, `except` one origin. */
export function covers(vector: VersionVector, wanted: VersionVector, except?: OriginId): boolean {
  for (const [origin, seq] of wanted) {
    if (origin !== except && (vector.get(origin) ?? 0) < seq) return false;
  }
  return true;
}

/** What every one of `vectors` holds. With none there is nothing to wait for: undefined. */
export function lowest(vectors: readonly VersionVector[]): VersionVector | undefined {
  const [first, ...others] = vectors;
  if (first === undefined) return undefined;
  return new Map(
    [...first].map(([origin, seq]) => [origin, Math.min(seq, ...others.map((other) => other.get(origin) ?? 0))]),
  );
}
