import { createLog } from "../../base/log.ts";
import { homeFolder } from "../../base/paths.ts";
import { identityOf } from "../../base/processes.ts";
import { register } from "../../base/registration.ts";
import { startKeeperGuard } from "../../base/keeper-guard.ts";
import { closeOnSignal } from "../../base/http-server.ts";
import { takeLock } from "./lock.ts";
import { runSupervisor } from "./run-supervisor.ts";

const home = homeFolder();
const log = createLog("supervisor");

if (await takeLock(home)) {
  const logFile = process.env["LIFEBOAT_LOG_FILE"] ?? null;
  const startedAt = identityOf(process.pid)?.startedAt ?? "";
  await register(home, { name: "supervisor", pid: process.pid, startedAt, url: null, logFile });
  const guard = startKeeperGuard({ home });
  const supervisor = runSupervisor({ home, log });
  closeOnSignal({ home, name: "supervisor" }, async () => {
    await guard.stop();
    supervisor.stop();
  });
  await supervisor.ended;
  process.exit(0);
}
