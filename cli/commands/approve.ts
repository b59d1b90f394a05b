import { Option, type Command } from "commander";
import { gates, type Gate } from "../../scenarios/gates.ts";
import { newCommand } from "../command.ts";
import type { CliContext } from "../context.ts";

type Options = {
  readonly gate: Gate;
  readonly as: string;
  readonly plan: string;
  readonly role?: string;
  readonly decline?: true;
  readonly reason: string;
};

export function approveCommand(context: CliContext): Command {
  return newCommand("approve", "Answer a gate at which a drill waits for a person.", [
    ["lifeboat approve region-outage-01kabc --gate start --as alice --plan 3f6c…", "approve exactly this plan"],
    ["lifeboat approve region-outage-01kabc --gate failover --as bob --plan 3f6c… --decline", "or decline it"],
  ])
    .argument("<ID>", "the drill's id")
    .addOption(new Option("--gate <gate>", "the gate that waits").choices(gates).makeOptionMandatory())
    .requiredOption("--as <person>", "who answers, as the plan names them")
    .requiredOption("--plan <sha256>", "the plan that was read; another one is refused")
    .option("--role <role>", "in which role (default: the one the gate waits for)")
    .option("--decline", "decline instead of approve")
    .option("--reason <text>", "why", "")
    .action(async (drillId: string, options: Options) => {
      const { answerGate } = await import("../drill/answer-gate.ts");
      const decision = options.decline ? "decline" : "approve";
      await answerGate(context.home, drillId, {
        gate: options.gate,
        decision,
        who: options.as,
        planSha256: options.plan,
        reason: options.reason,
        ...(options.role === undefined ? {} : { role: options.role }),
      });
      context.print(`${drillId}: ${decision}d at the gate "${options.gate}" by ${options.as}`);
    });
}
