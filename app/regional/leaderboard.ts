import { z } from "zod";
import { parseInput } from "../../base/http-server.ts";
import { jsonOf, keySchema, type Act } from "./act.ts";

const boardSchema = z.object({ board: keySchema });
const playerSchema = z.object({ board: keySchema, player: keySchema });
/** `score` sets it, `by` adds to it: in an active group the first is won by one region, the second sums up. */
const scoreSchema = z.union([z.strictObject({ score: z.number() }), z.strictObject({ by: z.number() })]);
const topSchema = z.object({ top: z.coerce.number().int().min(1).max(100).default(10) });

export const readBoard: Act = async ({ cache, args, query }) => {
  const { board } = parseInput(boardSchema, { board: args[0] });
  const { top } = parseInput(topSchema, Object.fromEntries(query));
  const flat = await cache.zrevrange(`board:${board}`, 0, top - 1, "WITHSCORES");
  const players = flat.filter((_, index) => index % 2 === 0);
  return { value: { board, top: players.map((player, rank) => ({ player, score: Number(flat[rank * 2 + 1]) })) } };
};

export const writeScore: Act = async ({ cache, args, body }) => {
  const { board, player } = parseInput(playerSchema, { board: args[0], player: args[1] });
  const given = parseInput(scoreSchema, jsonOf(body));
  const key = `board:${board}`;
  if ("by" in given) return { value: { board, player, score: Number(await cache.zincrby(key, given.by, player)) } };
  await cache.zadd(key, given.score, player);
  return { value: { board, player, score: given.score } };
};
