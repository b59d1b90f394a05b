import path from "node:path";
import { loadOrCreateCredentials } from "../base/credentials.ts";
import { closeOnSignal, createApi, serveRegistered } from "../base/http-server.ts";
import { createLog } from "../base/log.ts";
import { homeFolder } from "../base/paths.ts";
import { serviceUrl } from "../base/registration.ts";
import { addSessionRoutes } from "./session-routes.ts";
import { createSessions } from "./sessions.ts";
import { addSignalRoutes } from "./signals/signal-routes.ts";
import { createSignalRuns } from "./signals/signal-runs.ts";

const name = "observer";
const home = homeFolder();
const log = createLog(name);
const credentials = await loadOrCreateCredentials(home);
const sessions = createSessions({ folder: path.join(home, name), log });
const signals = createSignalRuns({
  folder: path.join(home, name, "signals"),
  labUrl: () => serviceUrl(home, "geocache"),
  log,
});
const api = createApi({ token: credentials.observer });
addSessionRoutes(api, sessions);
addSignalRoutes(api, signals);
await sessions.resume();
await signals.resume();
const url = await serveRegistered(api, { home, name });
closeOnSignal({ home, name }, async () => {
  await Promise.all([sessions.suspend(), signals.suspend()]);
  await api.close();
});
log.info({ url }, "the observer serves");
