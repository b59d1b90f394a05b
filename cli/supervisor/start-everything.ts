import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { usesOwnTemporal } from "../../activities/clients/own-temporal.ts";
import { LifeboatError } from "../../base/errors.ts";
import { projectRoot } from "../../base/paths.ts";
import { chooseHost, describeChoice } from "../../geocache/hosts/choose-host.ts";
import { requireTool } from "../doctor/needed-tools.ts";
import { findRunning } from "./find-running.ts";
import { clearIntent } from "./intent.ts";
import { launch, logFileOf } from "./launch.ts";
import type { Service } from "./service.ts";
import { servicesOf } from "./services.ts";

const UP_TIMEOUT_MS = 90_000;
const POLL_MS = 100;

/**
 * Starts the supervisor unless one is alive, and waits until every service answers. The caller has written the intent.
 * Returns how many services were not running before.
 * @throws TOOL_MISSING; UNAVAILABLE naming who did not answer and its log, the user's own Temporal, or a Docker engine
 */
export async function startEverything(home: string, say: (text: string) => void): Promise<number> {
  const services = servicesOf(home);
  const before = await Promise.all(services.map((service) => isHealthy(home, service)));
  const missing = before.filter((healthy) => !healthy).length;
  await startSupervision(home, say);
  await awaitHealthy(
    home,
    services.filter((_, index) => !before[index]),
    say,
  );
  return missing;
}

/** What could not even begin to start is not wanted any more: nothing is left behind. */
async function startSupervision(home: string, say: (text: string) => void): Promise<void> {
  const runs = (await findRunning(home, "supervisor")) !== undefined;
  try {
    await requireTemporal(home);
    if (runs) return;
    // Chosen where a person sees at once that containers cannot be had; geocache keeps to it.
    say(describeChoice(await chooseHost(home)));
    await startSupervisor(home);
  } catch (error) {
    if (!runs) await clearIntent(home);
    throw error;
  }
}

async function requireTemporal(home: string): Promise<void> {
  if (!usesOwnTemporal()) {
    await requireTool("temporal");
    return;
  }
  const { requireOwnTemporal } = await import("../../activities/clients/temporal-client.ts");
  await requireOwnTemporal(home);
}

async function startSupervisor(home: string): Promise<void> {
  const main = path.join(projectRoot, "cli/supervisor/main.ts");
  const args = ["--disable-warning=ExperimentalWarning", main];
  await launch(home, { name: "supervisor", command: process.execPath, args });
}

async function awaitHealthy(home: string, services: Service[], say: (text: string) => void): Promise<void> {
  const deadlineMs = performance.now() + UP_TIMEOUT_MS;
  const startedMs = performance.now();
  let waiting = services;
  while (waiting.length > 0) {
    const healthy = await Promise.all(waiting.map((service) => isHealthy(home, service)));
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
    for (const service of waiting.filter((_, index) => healthy[index])) say(`${service.name} is up (${seconds} s)`);
    waiting = waiting.filter((_, index) => !healthy[index]);
    if (performance.now() >= deadlineMs) throw notUp(home, waiting);
    await sleep(POLL_MS);
  }
}

async function isHealthy(home: string, service: Service): Promise<boolean> {
  const running = await findRunning(home, service.name);
  return running?.registration !== undefined && (await service.healthy(running.registration));
}

function notUp(home: string, waiting: readonly Service[]): LifeboatError {
  const names = waiting.map((service) => service.name).join(", ");
  const logs = waiting.map((service) => logFileOf(home, service.name)).join(" ");
  return new LifeboatError("UNAVAILABLE", `${names} did not answer within ${UP_TIMEOUT_MS / 1000} s`, {
    hint: `bin/lifeboat doctor; logs: ${logs}`,
  });
}
