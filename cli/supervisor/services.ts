import path from "node:path";
import { usesOwnTemporal } from "../../activities/clients/own-temporal.ts";
import { projectRoot } from "../../base/paths.ts";
import { answersHealth } from "./health.ts";
import type { Service } from "./service.ts";
import { temporalService } from "./temporal.ts";

/** Our own processes in the order of their start, each with its main below the checkout. */
const mains = {
  network: "geocache/network/main.ts",
  keeper: "geocache/faults/main.ts",
  geocache: "geocache/control-plane/main.ts",
  ledger: "observer/ledger/main.ts",
  observer: "observer/main.ts",
  recorder: "cli/processes/recorder.ts",
  "front-door": "app/front-door/main.ts",
  worker: "activities/worker/main.ts",
} as const;

/** Every process that `lifeboat up` runs. */
export function servicesOf(home: string): Service[] {
  const own = Object.entries(mains).map(([name, main]) => ownService(name, main));
  return usesOwnTemporal() ? own : [temporalService(home), ...own];
}

function ownService(name: string, main: string): Service {
  const args = ["--disable-warning=ExperimentalWarning", path.join(projectRoot, main)];
  return {
    name,
    spec: () => Promise.resolve({ name, command: process.execPath, args }),
    healthy: answersHealth,
  };
}
