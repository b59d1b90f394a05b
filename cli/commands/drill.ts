import { Argument, Option, type Command } from "commander";
import { LifeboatError } from "../../base/errors.ts";
import { outageModes, type OutageMode } from "../../contracts/fault.ts";
import { loadScenario } from "../../scenarios/load.ts";
import type { Scenario } from "../../scenarios/schema.ts";
import { newCommand } from "../command.ts";
import type { CliContext } from "../context.ts";
import { drillListCommand } from "./drill-list.ts";

const DEFAULT_SCENARIO = "region-outage";

type Options = {
  readonly outageMode?: OutageMode;
  readonly json?: true;
  readonly keepUp?: true;
  readonly approveAs?: string;
};

export function drillCommand(context: CliContext): Command {
  const command = newCommand("drill", "Run a drill: start what is needed, measure, seal, clean up.", [
    ["lifeboat drill region-outage", "lose the primary region and fail over"],
    ["lifeboat drill region-outage --outage-mode freeze", "the region goes silent instead of dying"],
    ["lifeboat drill force-unlink-memory-pressure --approve-as olga", "unlink a lost region before memory is full"],
    ["lifeboat drill my-drill.yaml --json > outcome.json", "one of your own, the outcome for programs"],
    ["lifeboat drill list", "drills under way and past ones"],
  ]);
  command.addCommand(drillListCommand(context));
  return command
    .addArgument(new Argument("[SCENARIO]", "a scenario's name or file").default(DEFAULT_SCENARIO))
    .addOption(
      new Option("--outage-mode <mode>", "how the region is lost, instead of the scenario's").choices(outageModes),
    )
    .option("--json", "the outcome as JSON on stdout; progress stays on stderr")
    .option("--approve-as <person>", "answer every gate with yes as this person, where nobody can be asked")
    .option("--keep-up", "leave processes and estate running afterwards")
    .action(async (name: string, options: Options) => {
      const { scenario } = await loadScenario(name);
      const planned = options.outageMode === undefined ? scenario : withMode(scenario, options.outageMode);
      const { runDrill } = await import("../drill/run-drill.ts");
      const { json = false, keepUp = false, approveAs } = options;
      await runDrill(context, planned, { json, keepUp, ...(approveAs === undefined ? {} : { approveAs }) });
    });
}

function withMode(scenario: Scenario, mode: OutageMode): Scenario {
  if (!scenario.steps.some((step) => step.kind === "region-outage")) {
    throw new LifeboatError("BAD_INPUT", `--outage-mode: ${scenario.name} loses no region`, { field: "--outage-mode" });
  }
  const steps = scenario.steps.map((step) => (step.kind === "region-outage" ? { ...step, mode } : step));
  return { ...scenario, steps };
}
