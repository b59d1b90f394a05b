import type { Command } from "commander";
import { newCommand } from "../command.ts";
import { exitCodes, type CliContext } from "../context.ts";
import { checkDependencies, type Dependency } from "../doctor/checks.ts";
import { table } from "../table.ts";

export function doctorCommand(context: CliContext): Command {
  return newCommand("doctor", "Check every program that drills need: found where, which version, good or not.", [
    ["lifeboat doctor", "exit code 0 when drills can run, 69 when something is missing"],
    ["lifeboat doctor --json", "for programs"],
  ])
    .option("--json", "as JSON")
    .action(async (options: { json?: true }) => {
      const found = await checkDependencies();
      context.print(options.json ? JSON.stringify(found, null, 2) : asTable(found));
      if (found.some((each) => !each.good && !each.optional)) context.exitCode = exitCodes.missing;
    });
}

function asTable(found: readonly Dependency[]): string {
  const rows = found.map((each) => [
    each.name,
    each.good ? "good" : each.optional ? "absent" : "MISSING",
    each.version ?? "-",
    each.found ?? "-",
    each.help ?? "",
  ]);
  return table([["dependency", "state", "version", "found", "how to get it"], ...rows]);
}
