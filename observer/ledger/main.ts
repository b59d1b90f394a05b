import path from "node:path";
import { loadOrCreateCredentials } from "../../base/credentials.ts";
import { closeOnSignal, createApi, serveRegistered } from "../../base/http-server.ts";
import { createLog } from "../../base/log.ts";
import { homeFolder } from "../../base/paths.ts";
import { addLedgerRoutes } from "./ledger-routes.ts";
import { createLedgers } from "./ledgers.ts";

const name = "ledger";
const home = homeFolder();
const log = createLog(name);
const credentials = await loadOrCreateCredentials(home);
const ledgers = createLedgers({ folder: path.join(home, name), log });
const api = createApi({ token: credentials.ledger });
addLedgerRoutes(api, ledgers);
await ledgers.resume();
const url = await serveRegistered(api, { home, name });
closeOnSignal({ home, name }, async () => {
  await ledgers.suspend();
  await api.close();
});
log.info({ url }, "the ledger serves");
