import type { Command } from "commander";
import { LifeboatError } from "../../base/errors.ts";
import { newUlid } from "../../base/ids.ts";
import type { FaultRecord } from "../../contracts/fault.ts";
import { newCommand } from "../command.ts";
import type { CliContext } from "../context.ts";
import { parseDuration } from "../durations.ts";
import { faultFrom, faultKinds, type FaultOptions } from "../fault-spec.ts";
import { healFault, injectByHand, isInForce, keeperClient, listFaults } from "../keeper.ts";
import { table } from "../table.ts";

const MIN_MS = 500;
const MAX_MS = 3_600_000;

export function faultCommand(context: CliContext): Command {
  const command = newCommand("fault", "Faults by hand, for game days. Each lifts itself when its time is over.", [
    ["lifeboat fault inject region-outage westeurope --for 30s --mode freeze", "a region goes silent for 30 s"],
    ["lifeboat fault list", "what is in force, and until when"],
    ["lifeboat fault heal --all", "lift everything now"],
  ]);
  for (const create of [injectCommand, listCommand, healCommand]) command.addCommand(create(context));
  return command;
}

function injectCommand(context: CliContext): Command {
  return newCommand("inject", `Inject a fault: ${faultKinds.join(", ")}.`, [
    ["lifeboat fault inject region-outage westeurope --for 30s --mode kill", "lose a region"],
    ["lifeboat fault inject link-latency edge:westeurope --for 2m --latency 80ms --jitter 10ms", "slow a way"],
    ["lifeboat fault inject memory-pressure cache-west --for 1m --fill 0.95", "fill a cache"],
  ])
    .argument("<KIND>", "which fault")
    .argument("<TARGET>", "a region, a cache, or a link as FROM:TO")
    .requiredOption("--for <duration>", "how long, with its unit: 500ms, 30s, 2m")
    .option("--mode <mode>", "of a region outage: freeze, kill or isolate (default kill)")
    .option("--path <path>", "of a link: clients, replication or all (default all)")
    .option("--latency <duration>", "one way, added to the link's own")
    .option("--jitter <duration>", "one way")
    .option("--bytes-per-second <number>", "bandwidth of a link")
    .option("--fill <ratio>", "share of a cache's memory to fill, above 0 and up to 1")
    .option("--json", "as JSON")
    .action(async (kind: string, target: string, options: FaultOptions & { for: string; json?: true }) => {
      const fault = faultFrom(kind, target, options);
      const leaseMs = leaseFrom(options.for);
      const record = await injectByHand(await keeperClient(context.home), { id: newUlid(), fault, leaseMs });
      context.print(
        options.json ? JSON.stringify(record, null, 2) : `${record.id} ${record.state}, ends ${record.leaseEndsAt.utc}`,
      );
    });
}

function leaseFrom(text: string): number {
  const leaseMs = parseDuration(text, "--for");
  if (leaseMs >= MIN_MS && leaseMs <= MAX_MS) return leaseMs;
  throw new LifeboatError("BAD_INPUT", "--for: a fault lasts from 500ms to 1h", { field: "--for" });
}

function listCommand(context: CliContext): Command {
  return newCommand("list", "Show the faults that the keeper knows, those in force first.", [
    ["lifeboat fault list --json", "for programs"],
  ])
    .option("--json", "as JSON")
    .action(async (options: { json?: true }) => {
      const faults = await listFaults(await keeperClient(context.home));
      const sorted = faults.toSorted((a, b) => Number(isInForce(b)) - Number(isInForce(a)));
      context.print(options.json ? JSON.stringify(sorted, null, 2) : asTable(sorted));
    });
}

function asTable(faults: readonly FaultRecord[]): string {
  if (faults.length === 0) return "no faults";
  const rows = faults.map((each) => [each.id, each.fault.kind, each.state, each.holder, each.leaseEndsAt.utc]);
  return table([["id", "kind", "state", "holder", "lease ends"], ...rows]);
}

function healCommand(context: CliContext): Command {
  return newCommand("heal", "Lift a fault, or all of them, before their time.", [
    ["lifeboat fault heal 01KABC…", "lift one"],
    ["lifeboat fault heal --all", "lift every fault in force"],
  ])
    .argument("[ID]", "the fault's id")
    .option("--all", "every fault in force")
    .action(async (id: string | undefined, options: { all?: true }) => {
      if ((id === undefined) === (options.all === undefined)) {
        throw new LifeboatError("BAD_INPUT", "ID: name one fault, or give --all", { field: "ID" });
      }
      const keeper = await keeperClient(context.home);
      const known = await listFaults(keeper);
      const chosen = options.all ? known.filter(isInForce) : known.filter((each) => each.id === id);
      if (id !== undefined && chosen.length === 0) {
        throw new LifeboatError("NOT_FOUND", `ID: there is no fault ${id}`, {
          field: "ID",
          hint: "bin/lifeboat fault list",
        });
      }
      const healed = await Promise.all(chosen.map((each) => healFault(keeper, each)));
      for (const each of healed) context.print(`${each.id} ${each.state}`);
      if (healed.length === 0) context.print("no fault is in force");
    });
}
