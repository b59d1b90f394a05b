import { setTimeout as sleep } from "node:timers/promises";
import { z } from "zod";
import { LifeboatError } from "../../base/errors.ts";
import { parseInput } from "../../base/http-server.ts";
import type { AppConfig } from "../../contracts/app.ts";
import { jsonOf, keySchema, type Act, type Call, type Done } from "./act.ts";
import { readBoard, writeScore } from "./leaderboard.ts";
import { addTag, countUp, readCounter, readTags } from "./shared.ts";

const SESSION_TTL_S = 3600;
const RATE_WINDOW_S = 60;
const RATE_LIMIT = 100;
/** Counters and cached results outlive a drill, so that a read-back of the cache sees no expiry of theirs. */
const CLEAN_UP_S = 3600;
const SEARCH_FRESH_MS = 2000;

const idSchema = z.object({ id: keySchema });
const userSchema = z.object({ user: keySchema });
const searchSchema = z.object({ q: keySchema });
const ledgerWriteSchema = z.object({ writer: keySchema, seq: z.coerce.number().int().min(0) });
const ledgerTokenSchema = z.object({ token: keySchema });
const foundSchema = z.object({ storedAtMs: z.number(), results: z.array(z.string()) });

/** What the application does for its users, by method and first part of the path. */
export function functionsOf(config: AppConfig): ReadonlyMap<string, Act> {
  const probe = `probe:${config.region}`;
  return new Map<string, Act>([
    ["GET session", readSession],
    ["PUT session", writeSession],
    ["GET leaderboard", readBoard],
    ["POST leaderboard", writeScore],
    ["GET counter", readCounter],
    ["POST counter", countUp],
    ["GET tags", readTags],
    ["POST tags", addTag],
    ["POST rate-limit", countRequest],
    ["GET search", (call) => search(call, config.originDelayMs)],
    ["GET probe", async ({ cache }) => ({ value: { value: await cache.get(probe) } })],
    ["PUT probe", async ({ cache }) => ({ value: { value: await cache.set(probe, Date.now()) } })],
    ["PUT ledger", writeLedger],
  ]);
}

async function readSession({ cache, args }: Call): Promise<Done> {
  const { id } = parseInput(idSchema, { id: args[0] });
  const stored = await cache.get(`session:${id}`);
  if (stored === null) throw new LifeboatError("NOT_FOUND", `no session ${id}`);
  return { value: { id, data: JSON.parse(stored) as unknown } };
}

async function writeSession({ cache, args, body }: Call): Promise<Done> {
  const { id } = parseInput(idSchema, { id: args[0] });
  await cache.set(`session:${id}`, JSON.stringify(jsonOf(body)), "EX", SESSION_TTL_S);
  return { value: { id } };
}

/** The window is part of the key; both commands go out together, so that no counter is ever without an end. */
async function countRequest({ cache, args }: Call): Promise<Done> {
  const { user } = parseInput(userSchema, { user: args[0] });
  const counter = `rate:${user}:${Math.floor(Date.now() / 1000 / RATE_WINDOW_S)}`;
  const [, used] = await Promise.all([cache.set(counter, 0, "EX", CLEAN_UP_S, "NX"), cache.incr(counter)]);
  return { status: used > RATE_LIMIT ? 429 : 200, value: { user, used, limit: RATE_LIMIT } };
}

/** Cache-aside: a stale or absent entry is fetched from the slow origin and stored. */
async function search({ cache, query }: Call, originDelayMs: number): Promise<Done> {
  const { q } = parseInput(searchSchema, Object.fromEntries(query));
  const stored = await cache.get(`search:${q}`);
  const found = stored === null ? undefined : foundSchema.parse(JSON.parse(stored));
  if (found && Date.now() - found.storedAtMs < SEARCH_FRESH_MS) {
    return { value: { q, cached: "hit", results: found.results } };
  }
  await sleep(originDelayMs);
  const results = [1, 2, 3].map((rank) => `${q}, result ${rank}`);
  // A cache that takes no writes, such as a secondary, costs speed here and not the answer.
  const entry = JSON.stringify({ storedAtMs: Date.now(), results });
  await cache.set(`search:${q}`, entry, "EX", CLEAN_UP_S).catch(() => undefined);
  return { value: { q, cached: "miss", results } };
}

/** Without a TTL: a write of the ledger may vanish only by being lost. */
async function writeLedger({ cache, args, query }: Call): Promise<Done> {
  const { writer, seq } = parseInput(ledgerWriteSchema, { writer: args[0], seq: args[1] });
  const { token } = parseInput(ledgerTokenSchema, Object.fromEntries(query));
  await cache.set(`ledger:${writer}:${seq}`, token);
  return { value: { writer, seq } };
}
