import { badRequest } from "./errors.ts";

/** A tag by which a caller chooses the scale of one cache's memory; the real service takes it for a label. */
const SCALE_TAG = "lifeboat-memory-scale";

/** 1/this of a size's memory is really given. @throws ArmError 400 */
export function memoryScaleOf(tags: Readonly<Record<string, string>>, usual: number): number {
  const asked = tags[SCALE_TAG];
  if (asked === undefined) return usual;
  if (!/^[1-9]\d{0,5}$/.test(asked)) {
    throw badRequest(`tags.${SCALE_TAG}`, "must be a whole number from 1 to 999999.");
  }
  return Number(asked);
}
