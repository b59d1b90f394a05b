import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { bundleWorkflowCode } from "@temporalio/worker";
import { writeFileAtomic } from "../../base/files.ts";
import { projectRoot } from "../../base/paths.ts";

/** Everything that a workflow may import: what the bundle is made of. */
const sources = ["workflows", "evidence", "scenarios", "contracts", "base", "package-lock.json"];

/**
 * The workflows as the worker runs them, made once for each state of the sources. Making them takes seconds of a
 * processor, which a worker that is restarted in the middle of a fault does not have: the fault's lease runs.
 */
export async function workflowBundle(home: string): Promise<{ readonly codePath: string }> {
  const folder = path.join(home, "worker");
  const name = `workflows-${await digestOfSources()}.js`;
  const codePath = path.join(folder, name);
  if (existsSync(codePath)) return { codePath };
  const { code } = await bundleWorkflowCode({ workflowsPath: path.join(projectRoot, "workflows", "index.ts") });
  await writeFileAtomic(codePath, code);
  const others = (await readdir(folder)).filter((each) => each.startsWith("workflows-") && each !== name);
  await Promise.all(others.map((each) => rm(path.join(folder, each), { force: true })));
  return { codePath };
}

async function digestOfSources(): Promise<string> {
  const hash = createHash("sha256");
  for (const source of sources) {
    for (const file of await filesIn(source)) hash.update(`${file}\n`).update(await readFile(file));
  }
  return hash.digest("hex").slice(0, 16);
}

async function filesIn(source: string): Promise<string[]> {
  const place = path.join(projectRoot, source);
  if (path.extname(source) !== "") return [place];
  const names = await readdir(place, { recursive: true });
  return names
    .filter((name) => name.endsWith(".ts"))
    .toSorted()
    .map((name) => path.join(place, name));
}
