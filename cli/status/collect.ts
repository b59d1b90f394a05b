import path from "node:path";
import { usesOwnTemporal } from "../../activities/clients/own-temporal.ts";
import { clientCredentialsFile } from "../../activities/estate/client-credentials.ts";
import { credentialsFile, loadOrCreateCredentials } from "../../base/credentials.ts";
import { messageOf } from "../../base/errors.ts";
import { createApiClient } from "../../base/http-client.ts";
import { bundlesFolder } from "../../base/paths.ts";
import { isAlive } from "../../base/processes.ts";
import { readRegistration, serviceUrl } from "../../base/registration.ts";
import { labStateSchema, type LabState } from "../../contracts/lab.ts";
import { findRunning } from "../supervisor/find-running.ts";
import { readIntent, type Intent } from "../supervisor/intent.ts";
import { logFileOf } from "../supervisor/launch.ts";
import type { Service } from "../supervisor/service.ts";
import { servicesOf } from "../supervisor/services.ts";
import { temporalUiUrl } from "../supervisor/temporal.ts";

type ProcessStatus = {
  readonly name: string;
  readonly state: "healthy" | "not answering" | "starting" | "stopped";
  readonly pid: number | null;
  readonly url: string | null;
  readonly logFile: string;
};

export type Status = {
  readonly home: string;
  readonly wanted: Intent | null;
  readonly processes: readonly ProcessStatus[];
  /** ARM's address, for any client of the official SDKs. */
  readonly armUrl: string | null;
  readonly temporalUiUrl: string | null;
  readonly credentialsFile: string;
  /** By which user clients enter each cache: `{<cache>: {username, password}}`; null without an estate. */
  readonly clientCredentialsFile: string | null;
  readonly caFile: string;
  readonly bundlesFolder: string;
  /** Regions, caches, workloads and endpoints; null while geocache does not answer. */
  readonly estate: LabState | null;
  readonly estateProblem: string | null;
};

export async function collectStatus(home: string): Promise<Status> {
  const services = servicesOf(home);
  const [processes, estate, armUrl] = await Promise.all([
    Promise.all([supervisorStatus(home), ...services.map((service) => statusOf(home, service))]),
    readEstate(home),
    armAddress(home),
  ]);
  return {
    home,
    wanted: (await readIntent(home)) ?? null,
    processes,
    armUrl,
    temporalUiUrl: usesOwnTemporal() ? null : await temporalUiUrl(home),
    credentialsFile: credentialsFile(home),
    clientCredentialsFile: (estate.state?.caches.length ?? 0) > 0 ? clientCredentialsFile(home) : null,
    caFile: path.join(home, "ca", "ca.pem"),
    bundlesFolder: bundlesFolder(),
    estate: estate.state,
    estateProblem: estate.problem,
  };
}

async function supervisorStatus(home: string): Promise<ProcessStatus> {
  return statusOf(home, { name: "supervisor", spec: unused, healthy: () => Promise.resolve(true) });
}

function unused(): never {
  throw new Error("the supervisor does not start itself");
}

async function statusOf(home: string, service: Service): Promise<ProcessStatus> {
  const running = await findRunning(home, service.name);
  const registration = running?.registration;
  const logFile = registration?.logFile ?? logFileOf(home, service.name);
  const known = { name: service.name, pid: running?.identity.pid ?? null, url: registration?.url ?? null, logFile };
  if (!running) return { ...known, state: "stopped" };
  if (!registration) return { ...known, state: "starting" };
  return { ...known, state: (await service.healthy(registration)) ? "healthy" : "not answering" };
}

async function armAddress(home: string): Promise<string | null> {
  const found = await readRegistration(home, "geocache-arm");
  return found && isAlive(found) ? found.url : null;
}

async function readEstate(home: string): Promise<{ state: LabState | null; problem: string | null }> {
  try {
    const url = await serviceUrl(home, "geocache");
    const { lab } = await loadOrCreateCredentials(home);
    const client = createApiClient({ url: () => Promise.resolve(url), token: lab, timeoutMs: 5000 });
    return { state: await client.call({ method: "GET", path: "/lab/state", answer: labStateSchema }), problem: null };
  } catch (error) {
    return { state: null, problem: messageOf(error) };
  }
}
