import { loadOrCreateCredentials } from "../../base/credentials.ts";
import { closeOnSignal, serveRegistered } from "../../base/http-server.ts";
import { createLog } from "../../base/log.ts";
import { homeFolder } from "../../base/paths.ts";
import { createFrontDoor } from "./server.ts";

const name = "front-door";
const home = homeFolder();
const log = createLog(name);
const { routing: token } = await loadOrCreateCredentials(home);
const frontDoor = await createFrontDoor({ home, token, log });
const url = await serveRegistered(frontDoor.api, { home, name });
closeOnSignal({ home, name }, () => frontDoor.close());
log.info({ url }, "serving");
