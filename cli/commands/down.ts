import type { Command } from "commander";
import { newCommand } from "../command.ts";
import { exitCodes, type CliContext } from "../context.ts";
import { clearIntent } from "../supervisor/intent.ts";
import { stopEverything } from "../supervisor/stop-everything.ts";

export function downCommand(context: CliContext): Command {
  return newCommand("down", "Stop everything, also what a crash left behind: processes, containers, ports.", [
    ["lifeboat down", "stop everything that belongs to this home"],
    ["LIFEBOAT_HOME=/tmp/other lifeboat down", "the same for another home"],
  ]).action(async () => {
    await clearIntent(context.home);
    const report = await stopEverything(context.home);
    const leftovers = report.leftovers === 0 ? "" : `, ${report.leftovers} leftovers`;
    const containers = report.containers === 0 ? "" : `, ${report.containers} containers`;
    context.print(`down: ended ${report.processes} processes${leftovers}${containers}`);
    const problems = [
      ...report.remaining.map(({ pid }) => `still there: process ${pid}`),
      ...(report.containersProblem === null ? [] : [`containers may be left: ${report.containersProblem}`]),
    ];
    for (const problem of problems) context.say(problem);
    if (problems.length > 0) context.exitCode = exitCodes.missing;
  });
}
