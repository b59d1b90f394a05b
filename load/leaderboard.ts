import exec from "k6/execution";
import http from "k6/http";
import { baseUrl, params, scoreOf, summaryFile, userOptions, visitInTurn } from "./users.ts";

/**
 * One leaderboard that players of all regions write to: best scores (ZADD), points gained (ZINCRBY) and the first ten.
 * Every region also writes the players of the others, so that their writes meet. Environment: see users.ts.
 */
const SHARED_PLAYERS = 50;

export const options = userOptions;
export const handleSummary = summaryFile;

function sharedPlayer(): string {
  return `player-${exec.scenario.iterationInTest % SHARED_PLAYERS}`;
}

/** `score` sets, `by` adds: app/regional/leaderboard.ts. */
type Score = { readonly score: number } | { readonly by: number };

function send(region: string, path: string, score: Score): void {
  const op = "by" in score ? "score-add" : "score-set";
  http.post(`${baseUrl}/leaderboard/${path}`, JSON.stringify(score), params(op, region));
}

const operations: readonly ((region: string, user: string) => void)[] = [
  (region, user) => send(region, `best/${user}`, { score: scoreOf() }),
  (region) => send(region, `points/${sharedPlayer()}`, { by: 1 + (scoreOf() % 10) }),
  (region) => http.get(`${baseUrl}/leaderboard/best?top=10`, params("top-ten", region)),
  (region) => send(region, `best/${sharedPlayer()}`, { score: scoreOf() }),
  (region, user) => send(region, `points/${user}`, { by: 1 }),
  (region) => http.get(`${baseUrl}/leaderboard/points?top=10`, params("top-ten", region)),
];

export function visit(): void {
  visitInTurn(operations);
}
