import type { Command } from "commander";
import { listScenarios, loadScenario } from "../../scenarios/load.ts";
import { newCommand } from "../command.ts";
import type { CliContext } from "../context.ts";

export function scenarioCommand(context: CliContext): Command {
  const command = newCommand("scenario", "The plans that can be drilled.", [
    ["lifeboat scenario list", "the scenarios that ship with Lifeboat"],
    ["lifeboat scenario validate my-drill.yaml", "check one of your own"],
  ]);
  command.addCommand(listCommand(context));
  command.addCommand(validateCommand(context));
  return command;
}

function listCommand(context: CliContext): Command {
  return newCommand("list", "List the scenarios that ship with Lifeboat.", [
    ["lifeboat scenario list --json", "for programs"],
  ])
    .option("--json", "as JSON")
    .action(async (options: { json?: true }) => {
      const loaded = await Promise.all((await listScenarios()).map(loadScenario));
      const rows = loaded.map(({ scenario, sha256 }) => ({ name: scenario.name, title: scenario.title, sha256 }));
      if (options.json) return context.print(JSON.stringify(rows, null, 2));
      const width = Math.max(...rows.map((row) => row.name.length));
      for (const row of rows) context.print(`${row.name.padEnd(width)}  ${row.title}`);
    });
}

function validateCommand(context: CliContext): Command {
  return newCommand("validate", "Check a scenario; a refusal names the field and what would be right.", [
    ["lifeboat scenario validate my-drill.yaml", "prints the plan's hash, which is what gets approved"],
  ])
    .argument("<FILE>", "a file, or the name of a scenario that ships with Lifeboat")
    .action(async (file: string) => {
      const { scenario, sha256 } = await loadScenario(file);
      context.print(`${scenario.name} is valid; plan ${sha256}`);
    });
}
