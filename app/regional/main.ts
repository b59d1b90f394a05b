import { LifeboatError } from "../../base/errors.ts";
import { readJson } from "../../base/files.ts";
import { parseInput } from "../../base/http-server.ts";
import { startKeeperGuard } from "../../base/keeper-guard.ts";
import { createLog } from "../../base/log.ts";
import { APP_CONFIG_ENV, appConfigSchema } from "../../contracts/app.ts";
import { createRegionalApp } from "./server.ts";

const END_WITHIN_MS = 3000;

const file = process.env[APP_CONFIG_ENV];
const port = Number(process.env["PORT"]);
if (!file || !Number.isInteger(port)) {
  throw new LifeboatError("BAD_INPUT", `the variables PORT and ${APP_CONFIG_ENV} must be set`);
}
const config = parseInput(appConfigSchema, await readJson(file));
const log = createLog(`app-${config.name}`);
const app = createRegionalApp(config, log);
await app.api.listen({ host: "127.0.0.1", port });
log.info({ port, region: config.region }, "serving");
// Started by geocache it belongs to a home, and helps to see to its faults; started by anyone else it does not.
const home = process.env["LIFEBOAT_HOME"];
if (home !== undefined) startKeeperGuard({ home });

const end = (): void => {
  setTimeout(() => process.exit(1), END_WITHIN_MS).unref();
  void app.close().finally(() => process.exit(0));
};
process.once("SIGTERM", end);
process.once("SIGINT", end);
