import { lstat, readFile } from "node:fs/promises";
import path from "node:path";
import type { Command } from "commander";
import { LifeboatError, messageOf } from "../../base/errors.ts";
import { writeFileAtomic } from "../../base/files.ts";
import { readBundleView } from "../../evidence/read-view.ts";
import { renderers } from "../../reports/index.ts";
import { newCommand } from "../command.ts";
import type { CliContext } from "../context.ts";

const TEXT = "report.md";
const PAGE = "report.html";

export function reportCommand(context: CliContext): Command {
  return newCommand("report", "Print a bundle's report and where its page is.", [
    ["lifeboat report bundles/DRILL", "the sealed report as text"],
    ["lifeboat report bundles/DRILL --out /tmp/again", "render every view anew from the bundle, beside it"],
  ])
    .argument("<DIR>", "the bundle's folder")
    .option("--out <folder>", "render anew into this folder; a sealed bundle is never written to")
    .action(async (folder: string, options: { out?: string }) => {
      await requireFolder(folder);
      if (options.out !== undefined) await renderInto(folder, options.out);
      const shown = path.resolve(options.out ?? folder);
      context.print(await readText(path.join(shown, TEXT)));
      context.print(`report: ${path.join(shown, PAGE)}`);
    });
}

async function renderInto(folder: string, out: string): Promise<void> {
  const inside = !path.relative(folder, out).startsWith("..");
  if (inside) throw new LifeboatError("BAD_INPUT", "--out: lies inside the sealed bundle", { field: "--out" });
  const view = await readBundleView(folder).catch((error: unknown) => {
    throw new LifeboatError("BAD_INPUT", `DIR: ${folder} is no readable bundle: ${messageOf(error)}`, { field: "DIR" });
  });
  for (const { file, render } of renderers) await writeFileAtomic(path.join(out, file), render(view), 0o644);
}

async function requireFolder(folder: string): Promise<void> {
  const found = await lstat(folder).catch(() => undefined);
  if (found?.isDirectory()) return;
  const hint = "bin/lifeboat drill list";
  throw new LifeboatError("BAD_INPUT", `DIR: there is no folder ${folder}`, { field: "DIR", hint });
}

async function readText(file: string): Promise<string> {
  return readFile(file, "utf8").catch(() => {
    const hint = "bin/lifeboat report DIR --out FOLDER renders it";
    throw new LifeboatError("BAD_INPUT", `DIR: holds no ${path.basename(file)}: not sealed yet?`, {
      field: "DIR",
      hint,
    });
  });
}
