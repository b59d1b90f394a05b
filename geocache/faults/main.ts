import path from "node:path";
import { loadOrCreateCredentials } from "../../base/credentials.ts";
import { messageOf } from "../../base/errors.ts";
import { createApiClient } from "../../base/http-client.ts";
import { closeOnSignal, serveRegistered } from "../../base/http-server.ts";
import { createLog } from "../../base/log.ts";
import { homeFolder } from "../../base/paths.ts";
import { isAlive } from "../../base/processes.ts";
import { readRegistration, serviceUrl } from "../../base/registration.ts";
import { createKeeper } from "./keeper.ts";
import { createContainers } from "./members/containers.ts";
import { createKeeperApi } from "./server.ts";
import { openStore, recordFileOf } from "./store.ts";

const sweepMs = 50;
const serving = { home: homeFolder(), name: "keeper" };
const log = createLog(serving.name);

const other = await readRegistration(serving.home, serving.name);
if (other && isAlive(other)) {
  log.info({ pid: other.pid }, "another keeper runs already");
  process.exit(0);
}

const credentials = await loadOrCreateCredentials(serving.home);
const store = await openStore(serving.home);
const keeper = createKeeper({
  store,
  log,
  world: {
    leaseFolder: path.join(serving.home, "keeper", "leases"),
    recordFile: recordFileOf(serving.home),
    lab: createApiClient({ url: () => serviceUrl(serving.home, "geocache"), token: credentials.lab }),
    network: createApiClient({
      url: () => serviceUrl(serving.home, "network"),
      token: credentials.network,
      timeoutMs: 3000,
    }),
    containers: createContainers(),
  },
});
const api = createKeeperApi(keeper, store, credentials.keeper);
const url = await serveRegistered(api, serving);

const sweeping = setInterval(() => {
  keeper.sweep().catch((error: unknown) => log.error({ error: messageOf(error) }, "sweep failed"));
}, sweepMs);
closeOnSignal(serving, async () => {
  clearInterval(sweeping);
  // Once the keeper has stopped nobody could renew or lift what it holds.
  await keeper.liftAll();
  await api.close();
});
log.info({ url, faults: keeper.list().length }, "keeper is up");
