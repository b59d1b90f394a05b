import { loadOrCreateCredentials } from "../../base/credentials.ts";
import { closeOnSignal, serveRegistered } from "../../base/http-server.ts";
import { createLog } from "../../base/log.ts";
import { homeFolder } from "../../base/paths.ts";
import { openNetwork } from "./network.ts";
import { createNetworkApi } from "./server.ts";
import { createStateFile } from "./state.ts";

const serving = { home: homeFolder(), name: "network" };
const log = createLog(serving.name);
const credentials = await loadOrCreateCredentials(serving.home);
const network = await openNetwork(createStateFile(serving.home), log);
const api = createNetworkApi(network, credentials.network);
const url = await serveRegistered(api, serving);
closeOnSignal(serving, async () => {
  await api.close();
  await network.close();
});
log.info({ url, links: network.links().length }, "network is up");
