import type { Command } from "commander";
import { abortCommand } from "./commands/abort.ts";
import { approveCommand } from "./commands/approve.ts";
import { drillCommand } from "./commands/drill.ts";
import { downCommand } from "./commands/down.ts";
import { doctorCommand } from "./commands/doctor.ts";
import { estateCommand } from "./commands/estate.ts";
import { faultCommand } from "./commands/fault.ts";
import { keysCommand } from "./commands/keys.ts";
import { reportCommand } from "./commands/report.ts";
import { verifyCommand } from "./commands/verify.ts";
import { scenarioCommand } from "./commands/scenario.ts";
import { statusCommand } from "./commands/status.ts";
import { upCommand } from "./commands/up.ts";
import { newCommand } from "./command.ts";
import type { CliContext } from "./context.ts";

const commands = [
  drillCommand,
  abortCommand,
  approveCommand,
  upCommand,
  downCommand,
  statusCommand,
  scenarioCommand,
  verifyCommand,
  reportCommand,
  keysCommand,
  estateCommand,
  faultCommand,
  doctorCommand,
] as const satisfies readonly ((context: CliContext) => Command)[];

export function createProgram(context: CliContext): Command {
  const program = newCommand("lifeboat", "Rehearses the loss of a region and proves what it cost.", [
    ["lifeboat drill region-outage", "lose a region, fail over, measure, seal the evidence"],
    ["lifeboat verify bundles/DRILL --keys keys.json", "check a bundle without trusting anyone"],
    ["lifeboat up", "start everything and leave it running"],
  ]);
  program.version("0.1.0").addHelpText("after", exitCodeHelp);
  for (const create of commands) program.addCommand(create(context));
  for (const command of withSubcommands(program)) {
    command.configureOutput({ writeOut: context.write.out, writeErr: context.write.err });
  }
  return program;
}

function withSubcommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withSubcommands)];
}

const exitCodeHelp = `
Exit codes:
  0 pass   1 fail   2 inconclusive   3 aborted   64 bad input   69 something needed is missing   70 a defect of ours`;
