import path from "node:path";
import { loadOrCreateCredentials } from "../base/credentials.ts";
import { closeOnSignal, createApi, serveRegistered } from "../base/http-server.ts";
import { createLog } from "../base/log.ts";
import { homeFolder } from "../base/paths.ts";
import { addSessionRoutes } from "./session-routes.ts";
import { createSessions } from "./sessions.ts";

const name = "observer";
const home = homeFolder();
const log = createLog(name);
const credentials = await loadOrCreateCredentials(home);
const sessions = createSessions({ folder: path.join(home, name), log });
const api = createApi({ token: credentials.observer });
addSessionRoutes(api, sessions);
await sessions.resume();
const url = await serveRegistered(api, { home, name });
closeOnSignal({ home, name }, async () => {
  await sessions.suspend();
  await api.close();
});
log.info({ url }, "the observer serves");
