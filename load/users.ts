import exec from "k6/execution";
import http, { type RefinedParams, type ResponseType } from "k6/http";
import type { Options, Scenario } from "k6/options";

/**
 * What all scripts share: users of every region, at a constant arrival rate (open model). One iteration is one request.
 * Environment: BASE_URL of the front door, REGIONS (comma list), RATE (iterations a second over all regions),
 * DURATION_S, SUMMARY_FILE (optional).
 */
export const baseUrl = __ENV["BASE_URL"] ?? "";
const regions = (__ENV["REGIONS"] ?? "").split(",").filter((region) => region !== "");
const rate = Number(__ENV["RATE"] ?? "0");
const durationS = Number(__ENV["DURATION_S"] ?? "0");

/** Longer than the front door waits for an instance, so that its answer is seen. */
const REQUEST_TIMEOUT = "1s";
const USERS_PER_REGION = 200;

type Params = RefinedParams<ResponseType>;

/** An iteration lasts as long as its request, at worst the time-out: with fewer users than that, some would be dropped. */
function scenarioOf(region: string): Scenario {
  const users = Math.ceil(rate / regions.length) + 5;
  return {
    executor: "constant-arrival-rate",
    exec: "visit",
    rate,
    timeUnit: `${regions.length}s`,
    duration: `${durationS}s`,
    preAllocatedVUs: users,
    maxVUs: users,
    gracefulStop: "2s",
    env: { REGION: region },
    tags: { region },
  };
}

/** Every script exports these, and a function `visit`. */
export const userOptions: Options = {
  scenarios: Object.fromEntries(regions.map((region) => [`users-${region}`, scenarioOf(region)])),
  // Few tags keep the output small: it is aggregated by operation and region only.
  systemTags: ["status", "expected_response"],
  discardResponseBodies: true,
  noConnectionReuse: false,
};

const expected = http.expectedStatuses({ min: 200, max: 299 });

export function params(op: string, region: string, responseCallback = expected): Params {
  return {
    headers: { "x-lifeboat-user-region": region, "content-type": "application/json" },
    tags: { op },
    timeout: REQUEST_TIMEOUT,
    responseCallback,
  };
}

type Operation = (region: string, user: string) => void;

/** Takes the operations in turn, so that every run is the same mix. */
export function visitInTurn(operations: readonly Operation[]): void {
  const region = __ENV["REGION"] ?? "";
  const iteration = exec.scenario.iterationInTest;
  operations[iteration % operations.length]?.(region, `${region}-${iteration % USERS_PER_REGION}`);
}

/** The same sequence in every run. */
export function scoreOf(): number {
  return (exec.scenario.iterationInTest * 7919) % 10_000;
}

export function summaryFile(summary: object): Record<string, string> {
  const file = __ENV["SUMMARY_FILE"];
  return file === undefined ? {} : { [file]: JSON.stringify(summary) };
}
