import type { Command } from "commander";
import { newCommand } from "../command.ts";
import type { CliContext } from "../context.ts";
import { loadScenario } from "../../scenarios/load.ts";
import { keepUp } from "../supervisor/intent.ts";
import { requireCacheTool } from "../doctor/needed-tools.ts";
import { startEverything } from "../supervisor/start-everything.ts";

/** Holder of the routing of an estate that was brought up by hand. */
const HOLDER = "estate-by-hand";

export function estateCommand(context: CliContext): Command {
  const command = newCommand("estate", "A scenario's regions, caches, links and application without a drill.", [
    ["lifeboat estate up region-outage", "for game days by hand, and for clients of your own"],
    ["lifeboat status --json", "how each cache is reached from each region"],
    ["lifeboat estate down", "remove them again"],
  ]);
  command.addCommand(upCommand(context));
  command.addCommand(downCommand(context));
  return command;
}

function upCommand(context: CliContext): Command {
  return newCommand("up", "Bring a scenario's estate up; what is there already stays.", [
    ["lifeboat estate up region-outage", "two regions with a passive pair"],
  ])
    .argument("<SCENARIO>", "a scenario's name or file")
    .action(async (name: string) => {
      const { scenario } = await loadScenario(name);
      await keepUp(context.home);
      await startEverything(context.home, context.say);
      await requireCacheTool(context.home);
      const { createDeps } = await import("../../activities/clients/create-deps.ts");
      const { estateUp, fencingTokenOf } = await import("../../activities/estate/estate-up.ts");
      const deps = await createDeps(context.home);
      await estateUp(deps, scenario, await fencingTokenOf(deps, HOLDER));
      context.print(`the estate of ${scenario.name} is up; bin/lifeboat status shows how to reach it`);
    });
}

function downCommand(context: CliContext): Command {
  return newCommand("down", "Remove every cache, workload, link and region; the processes go on.", [
    ["lifeboat estate down", "repeating it changes nothing"],
  ]).action(async () => {
    const { createDeps } = await import("../../activities/clients/create-deps.ts");
    const { estateDown } = await import("../../activities/estate/estate-up.ts");
    await estateDown(await createDeps(context.home));
    context.print("the estate is removed");
  });
}
