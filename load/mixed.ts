import exec from "k6/execution";
import http from "k6/http";
import { baseUrl, params, scoreOf, summaryFile, userOptions, visitInTurn } from "./users.ts";

/** Sessions, a leaderboard, a rate limit and a cached search. Environment: see users.ts. */
const QUERIES = 50;

export const options = userOptions;
export const handleSummary = summaryFile;

/** A session that was never written, and a user over the limit, are answers and not failures. */
const expectedOrAbsent = http.expectedStatuses({ min: 200, max: 299 }, 404);
const expectedOrLimited = http.expectedStatuses({ min: 200, max: 299 }, 429);

const operations: readonly ((region: string, user: string) => void)[] = [
  (region, user) => http.get(`${baseUrl}/session/${user}`, params("session-read", region, expectedOrAbsent)),
  (region, user) =>
    http.put(`${baseUrl}/session/${user}`, JSON.stringify({ user, page: 7 }), params("session-write", region)),
  (region) => http.get(`${baseUrl}/leaderboard/weekly?top=10`, params("leaderboard-read", region)),
  (region, user) =>
    http.post(
      `${baseUrl}/leaderboard/weekly/${user}`,
      JSON.stringify({ score: scoreOf() }),
      params("leaderboard-write", region),
    ),
  (region, user) => http.post(`${baseUrl}/rate-limit/${user}`, "{}", params("rate-limit", region, expectedOrLimited)),
  (region) => http.get(`${baseUrl}/search?q=term-${exec.scenario.iterationInTest % QUERIES}`, params("search", region)),
];

export function visit(): void {
  visitInTurn(operations);
}
