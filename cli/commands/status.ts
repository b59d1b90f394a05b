import type { Command } from "commander";
import { newCommand } from "../command.ts";
import type { CliContext } from "../context.ts";
import { collectStatus } from "../status/collect.ts";
import { renderStatus } from "../status/render.ts";

export function statusCommand(context: CliContext): Command {
  return newCommand("status", "What runs and where: processes, regions, caches, endpoints, files.", [
    ["lifeboat status", "for people"],
    ["lifeboat status --json", "every process, region, cache and endpoint as seen from each region"],
  ])
    .option("--json", "as JSON")
    .action(async (options: { json?: true }) => {
      const status = await collectStatus(context.home);
      context.print(options.json ? JSON.stringify(status, null, 2) : renderStatus(status));
    });
}
