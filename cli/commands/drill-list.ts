import { readdir } from "node:fs/promises";
import path from "node:path";
import type { Command } from "commander";
import { bundlesFolder } from "../../base/paths.ts";
import { readJson } from "../../base/files.ts";
import { verdictSchema } from "../../evidence/bundle.ts";
import { newCommand } from "../command.ts";
import type { CliContext } from "../context.ts";
import { table } from "../table.ts";

type Row = { readonly drillId: string; readonly verdict: string; readonly ending: string; readonly folder: string };

export function drillListCommand(context: CliContext): Command {
  return newCommand("list", "List the drills that have a bundle, sealed or open; nothing needs to run.", [
    ["lifeboat drill list --json", "for programs"],
  ])
    .option("--json", "as JSON")
    .action(async (_: unknown, command: Command) => {
      const { json } = command.optsWithGlobals<{ json?: true }>();
      const rows = await readRows(bundlesFolder());
      if (json) return context.print(JSON.stringify(rows, null, 2));
      if (rows.length === 0) return context.print("no drills yet");
      context.print(
        table([["drill", "verdict", "ending"], ...rows.map((row) => [row.drillId, row.verdict, row.ending])]),
      );
    });
}

async function readRows(bundles: string): Promise<Row[]> {
  const entries = await readdir(bundles, { withFileTypes: true }).catch(() => []);
  const folders = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith("."));
  const rows = folders.map(({ name }) => readRow(name, path.join(bundles, name)));
  return (await Promise.all(rows)).toSorted((a, b) => a.drillId.localeCompare(b.drillId));
}

async function readRow(drillId: string, folder: string): Promise<Row> {
  const found = verdictSchema.safeParse(await readJson(path.join(folder, "verdict.json")).catch(() => undefined));
  const { overall, ending } = found.success ? found.data : { overall: "-", ending: "not sealed" };
  return { drillId, verdict: overall, ending, folder };
}
