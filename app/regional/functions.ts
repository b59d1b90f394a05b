import { setTimeout as sleep } from "node:timers/promises";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Redis } from "ioredis";
import { z } from "zod";
import { LifeboatError, messageOf } from "../../base/errors.ts";
import { parseInput } from "../../base/http-server.ts";
import { NOT_WRITTEN_HEADER, type AppConfig } from "../../contracts/app.ts";
import { surelyNotWritten, type Caches } from "./caches.ts";

const SESSION_TTL_S = 3600;
const RATE_WINDOW_S = 60;
const RATE_LIMIT = 100;
/** Counters and cached results outlive a drill, so that a read-back of the cache sees no expiry of theirs. */
const CLEAN_UP_S = 3600;
const SEARCH_FRESH_MS = 2000;

const key = z.string().min(1).max(100);
const idSchema = z.object({ id: key });
const boardSchema = z.object({ board: key });
const playerSchema = z.object({ board: key, player: key });
const scoreSchema = z.object({ score: z.number() });
const topSchema = z.object({ top: z.coerce.number().int().min(1).max(100).default(10) });
const userSchema = z.object({ user: key });
const searchSchema = z.object({ q: key });
const ledgerWriteSchema = z.object({ writer: key, seq: z.coerce.number().int().min(0) });
const ledgerTokenSchema = z.object({ token: key });
const foundSchema = z.object({ storedAtMs: z.number(), results: z.array(z.string()) });

type Parts = { readonly config: AppConfig; readonly caches: Caches };
type Act = (cache: Redis, request: FastifyRequest, reply: FastifyReply) => Promise<unknown>;

/** What the application does for its users. A cache that cannot be used gives 503, quickly. */
export function addFunctions(api: FastifyInstance, parts: Parts): void {
  const onCache = (act: Act) => (request: FastifyRequest, reply: FastifyReply) =>
    guarded(() => act(parts.caches.client(request.cacheName), request, reply), reply);
  api.get("/session/:id", onCache(readSession));
  api.put("/session/:id", onCache(writeSession));
  api.get("/leaderboard/:board", onCache(readBoard));
  api.post("/leaderboard/:board/:player", onCache(writeScore));
  api.post("/rate-limit/:user", onCache(countRequest));
  api.get(
    "/search",
    onCache((cache, request) => search(cache, request, parts.config.originDelayMs)),
  );
  api.get(
    "/probe",
    onCache(async (cache) => ({ value: await cache.get(`probe:${parts.config.region}`) })),
  );
  api.put(
    "/probe",
    onCache(async (cache) => ({ value: await cache.set(`probe:${parts.config.region}`, Date.now()) })),
  );
  api.put("/ledger/:writer/:seq", onCache(writeLedger));
}

async function guarded(act: () => Promise<unknown>, reply: FastifyReply): Promise<unknown> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof LifeboatError) throw error;
    if (surelyNotWritten(error)) void reply.header(NOT_WRITTEN_HEADER, "1");
    throw new LifeboatError("UNAVAILABLE", messageOf(error), { cause: error });
  }
}

async function readSession(cache: Redis, request: FastifyRequest): Promise<unknown> {
  const { id } = parseInput(idSchema, request.params);
  const stored = await cache.get(`session:${id}`);
  if (stored === null) throw new LifeboatError("NOT_FOUND", `no session ${id}`);
  return { id, data: JSON.parse(stored) as unknown };
}

async function writeSession(cache: Redis, request: FastifyRequest): Promise<unknown> {
  const { id } = parseInput(idSchema, request.params);
  await cache.set(`session:${id}`, JSON.stringify(request.body ?? null), "EX", SESSION_TTL_S);
  return { id };
}

async function readBoard(cache: Redis, request: FastifyRequest): Promise<unknown> {
  const { board } = parseInput(boardSchema, request.params);
  const { top } = parseInput(topSchema, request.query);
  const flat = await cache.zrevrange(`board:${board}`, 0, top - 1, "WITHSCORES");
  const players = flat.filter((_, index) => index % 2 === 0);
  return { board, top: players.map((player, rank) => ({ player, score: Number(flat[rank * 2 + 1]) })) };
}

async function writeScore(cache: Redis, request: FastifyRequest): Promise<unknown> {
  const { board, player } = parseInput(playerSchema, request.params);
  const { score } = parseInput(scoreSchema, request.body);
  await cache.zadd(`board:${board}`, score, player);
  return { board, player, score };
}

/** The window is part of the key; both commands go out together, so that no counter is ever without an end. */
async function countRequest(cache: Redis, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const { user } = parseInput(userSchema, request.params);
  const counter = `rate:${user}:${Math.floor(Date.now() / 1000 / RATE_WINDOW_S)}`;
  const [, used] = await Promise.all([cache.set(counter, 0, "EX", CLEAN_UP_S, "NX"), cache.incr(counter)]);
  if (used > RATE_LIMIT) void reply.status(429);
  return { user, used, limit: RATE_LIMIT };
}

/** Cache-aside: a stale or absent entry is fetched from the slow origin and stored. */
async function search(cache: Redis, request: FastifyRequest, originDelayMs: number): Promise<unknown> {
  const { q } = parseInput(searchSchema, request.query);
  const stored = await cache.get(`search:${q}`);
  const found = stored === null ? undefined : foundSchema.parse(JSON.parse(stored));
  if (found && Date.now() - found.storedAtMs < SEARCH_FRESH_MS) return { q, cached: "hit", results: found.results };
  await sleep(originDelayMs);
  const results = [1, 2, 3].map((rank) => `${q}, result ${rank}`);
  // A cache that takes no writes, such as a secondary, costs speed here and not the answer.
  const entry = JSON.stringify({ storedAtMs: Date.now(), results });
  await cache.set(`search:${q}`, entry, "EX", CLEAN_UP_S).catch(() => undefined);
  return { q, cached: "miss", results };
}

/** Without a TTL: a write of the ledger may vanish only by being lost. */
async function writeLedger(cache: Redis, request: FastifyRequest): Promise<unknown> {
  const { writer, seq } = parseInput(ledgerWriteSchema, request.params);
  const { token } = parseInput(ledgerTokenSchema, request.query);
  await cache.set(`ledger:${writer}:${seq}`, token);
  return { writer, seq };
}
