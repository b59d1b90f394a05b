import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "../../base/errors.ts";
import { newUlid } from "../../base/ids.ts";
import { createDeps } from "../../activities/clients/create-deps.ts";
import { startDrill } from "../../activities/client/start-drill.ts";
import { taskQueueOf } from "../../activities/clients/temporal-client.ts";
import { planSha256 } from "../../evidence/plan.ts";
import type { Scenario } from "../../scenarios/schema.ts";
import { userInfo } from "node:os";
import type { CliContext } from "../context.ts";
import { exitCodes } from "../context.ts";
import { clearIntent, hold, keepUp, releaseHolders } from "../supervisor/intent.ts";
import { requireCacheTool, requireTool } from "../doctor/needed-tools.ts";
import { startEverything } from "../supervisor/start-everything.ts";
import { stopEverything } from "../supervisor/stop-everything.ts";
import { answerAs } from "./answer-as.ts";
import { abortDrill, followDrill } from "./follow.ts";
import { listenForInterrupts, type Interrupts } from "./interrupts.ts";
import { refuseSecondDrill } from "./one-at-a-time.ts";
import { exitCodeOf, outcomeOfSealed, renderOutcome, type Outcome } from "./outcome.ts";
import { createProgressView } from "./progress-view.ts";

const TOLD_WITHIN_MS = 1500;

export type DrillOptions = {
  readonly json: boolean;
  readonly keepUp: boolean;
  /** Who approves whatever is asked. */
  readonly approveAs?: string;
};

/**
 * Runs one drill: starts what is not running, follows the workflow to its end, prints the outcome, and takes down
 * what nobody wants any more. Should this process die, the supervisor does the last part once the drill is over.
 */
export async function runDrill(context: CliContext, scenario: Scenario, options: DrillOptions): Promise<void> {
  await requireTool("k6");
  const drillId = `${scenario.name}-${newUlid().toLowerCase()}`;
  const course: Course = { started: false, told: Promise.resolve() };
  const interrupts = listenForInterrupts(() => void leave(context, drillId, course));
  if (options.keepUp) await keepUp(context.home);
  await hold(context.home, null);
  try {
    await startEverything(context.home, context.say);
    if (interrupts.happened()) {
      context.say("aborted before the drill had started");
      context.exitCode = exitCodes.aborted;
      return;
    }
    await requireCacheTool(context.home);
    await refuseSecondDrill(context.home);
    course.started = true;
    const outcome = await drillOnce(context, { drillId, scenario, interrupts, course, options });
    context.print(options.json ? JSON.stringify(outcome, null, 2) : renderOutcome(outcome));
    context.exitCode = exitCodeOf(outcome);
  } finally {
    await takeDown(context);
    interrupts.stop();
  }
}

type Course = {
  started: boolean;
  /** Settles once the drill has been told to abort, if it was to be. */
  told: Promise<void>;
};

/** Ends this command alone, at once, but not before the first Ctrl-C has reached the drill. */
async function leave(context: CliContext, drillId: string, { started, told }: Course): Promise<never> {
  await Promise.race([told, sleep(TOLD_WITHIN_MS)]);
  const drill = `${drillId} heals and seals by itself; bin/lifeboat drill list shows how it ends`;
  const processes = "what was started stops by itself; bin/lifeboat status shows what still runs";
  context.say(`left alone: ${started ? drill : processes}`);
  process.exit(exitCodes.aborted);
}

type DrillRun = {
  readonly drillId: string;
  readonly scenario: Scenario;
  readonly interrupts: Interrupts;
  readonly course: Course;
  readonly options: DrillOptions;
};

async function drillOnce(context: CliContext, run: DrillRun): Promise<Outcome> {
  const { drillId, scenario, interrupts, course, options } = run;
  const deps = await createDeps(context.home);
  const client = await deps.temporal();
  await hold(context.home, drillId);
  const kind = "rehearsal";
  const input = { drillId, scenario, planSha256: planSha256(scenario), kind, keepEstate: options.keepUp };
  await startDrill(client, input, taskQueueOf(context.home));
  context.say(`drill ${drillId} has started; Ctrl-C aborts and heals`);
  void interrupts.first.then(() => {
    context.say("aborting: healing and sealing; Ctrl-C again returns at once");
    const request = { who: userInfo().username, reason: "Ctrl-C" };
    course.told = abortDrill(client, drillId, request).catch((error: unknown) => {
      context.say(`not told to abort: ${messageOf(error)}; bin/lifeboat abort ${drillId}`);
    });
  });
  const answer = options.approveAs === undefined ? {} : { answer: answerAs(options.approveAs, context.say) };
  const followed = await followDrill({ client, drillId, sources: deps, ...answer }, createProgressView(context));
  await client.connection.close();
  if (followed.kind === "completed") return followed.result;
  context.say(`the workflow ended without a result (${followed.why}); waiting for the janitor to heal and seal`);
  return outcomeOfSealed(deps.recorder, { drillId, why: followed.why });
}

/** Ends the processes unless `up` or another drill wants them. */
async function takeDown(context: CliContext): Promise<void> {
  if (await releaseHolders(context.home, (holder) => holder.pid === process.pid)) return;
  context.say("taking down what this drill started");
  await clearIntent(context.home);
  const { containersProblem } = await stopEverything(context.home);
  if (containersProblem !== null) context.say(`containers may be left: ${containersProblem}; bin/lifeboat down`);
}
