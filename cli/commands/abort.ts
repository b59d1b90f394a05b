import { userInfo } from "node:os";
import type { Command } from "commander";
import { newCommand } from "../command.ts";
import type { CliContext } from "../context.ts";

export function abortCommand(context: CliContext): Command {
  return newCommand("abort", "Abort a drill: its faults are lifted, its evidence is sealed.", [
    ["lifeboat abort region-outage-01kabc", "by the id that drill prints"],
    ["lifeboat abort region-outage-01kabc --reason 'real incident'", "the reason goes into the evidence"],
  ])
    .argument("<ID>", "the drill's id")
    .option("--reason <text>", "why", "asked for on the command line")
    .action(async (drillId: string, options: { reason: string }) => {
      const { withTemporal } = await import("../drill/with-temporal.ts");
      const { abortDrill } = await import("../drill/follow.ts");
      const request = { who: userInfo().username, reason: options.reason };
      await withTemporal(context.home, drillId, (client) => abortDrill(client, drillId, request));
      context.print(`${drillId} is told to abort; it heals and seals by itself`);
    });
}
