import { NativeConnection, Worker } from "@temporalio/worker";
import { messageOf } from "../../base/errors.ts";
import { startKeeperGuard } from "../../base/keeper-guard.ts";
import { createLog } from "../../base/log.ts";
import { homeFolder } from "../../base/paths.ts";
import { identityOf } from "../../base/processes.ts";
import { register, unregister } from "../../base/registration.ts";
import { createDeps } from "../clients/create-deps.ts";
import { taskQueueOf, temporalConnection } from "../clients/temporal-client.ts";
import { createActivities } from "../create-activities.ts";
import { workflowBundle } from "./workflow-bundle.ts";

const log = createLog("worker");

/** Runs until a signal ends it; the SDK handles SIGTERM and SIGINT by a graceful shutdown. */
async function main(): Promise<void> {
  const home = homeFolder();
  const { options, namespace } = await temporalConnection(home);
  const connection = await NativeConnection.connect(options);
  try {
    const worker = await Worker.create({
      connection,
      namespace,
      taskQueue: taskQueueOf(home),
      workflowBundle: await workflowBundle(home),
      activities: createActivities(await createDeps(home)),
      // Below the heartbeat time-outs, so that a cancelled act hears of it in time.
      maxHeartbeatThrottleInterval: "1s",
      defaultHeartbeatThrottleInterval: "1s",
      shutdownGraceTime: "2s",
      shutdownForceTime: "4s",
    });
    await registerSelf(home);
    startKeeperGuard({ home });
    log.info({ namespace, taskQueue: taskQueueOf(home) }, "worker is ready");
    await worker.run();
  } finally {
    await connection.close();
    await unregister(home, "worker");
  }
}

async function registerSelf(home: string): Promise<void> {
  await register(home, {
    name: "worker",
    pid: process.pid,
    startedAt: identityOf(process.pid)?.startedAt ?? "",
    url: null,
    logFile: process.env["LIFEBOAT_LOG_FILE"] ?? null,
  });
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    log.error({ reason: messageOf(error) }, "worker ended");
    process.exit(1);
  },
);
