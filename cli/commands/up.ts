import type { Command } from "commander";
import { newCommand } from "../command.ts";
import type { CliContext } from "../context.ts";
import { keepUp } from "../supervisor/intent.ts";
import { startEverything } from "../supervisor/start-everything.ts";

export function upCommand(context: CliContext): Command {
  return newCommand("up", "Start every process that is not running yet and leave them running.", [
    ["lifeboat up", "start what is not running; a second time it changes nothing"],
    ["lifeboat status", "what runs, and where"],
  ]).action(async () => {
    await keepUp(context.home);
    const started = await startEverything(context.home, context.say);
    context.print(started === 0 ? "everything is already running" : `up: ${started} processes started`);
  });
}
