import { z } from "zod";
import { parseInput } from "../../base/http-server.ts";
import { keySchema, type Act } from "./act.ts";

/**
 * Values that the users of all regions write together: counters under `counter:<name>` and sets under `tags:<name>`.
 * Without a TTL: a write of the ledger may vanish only by being lost.
 */

/** A set with more members than this is only counted. */
const MOST_MEMBERS = 1000;

const nameSchema = z.object({ name: keySchema });
const memberSchema = z.object({ name: keySchema, member: keySchema });

export const countUp: Act = async ({ cache, args }) => {
  const { name } = parseInput(nameSchema, { name: args[0] });
  return { value: { name, value: await cache.incr(`counter:${name}`) } };
};

export const readCounter: Act = async ({ cache, args }) => {
  const { name } = parseInput(nameSchema, { name: args[0] });
  return { value: { name, value: Number((await cache.get(`counter:${name}`)) ?? 0) } };
};

export const addTag: Act = async ({ cache, args }) => {
  const { name, member } = parseInput(memberSchema, { name: args[0], member: args[1] });
  return { value: { name, member, added: (await cache.sadd(`tags:${name}`, member)) === 1 } };
};

/** `members` is null when they are too many to list. */
export const readTags: Act = async ({ cache, args }) => {
  const { name } = parseInput(nameSchema, { name: args[0] });
  const count = await cache.scard(`tags:${name}`);
  const members = count > MOST_MEMBERS ? null : (await cache.smembers(`tags:${name}`)).toSorted();
  return { value: { name, count, members } };
};
