import { readFile } from "node:fs/promises";
import path from "node:path";
import { LifeboatError } from "../base/errors.ts";
import { readChain } from "./chain.ts";
import { deriveAll } from "./derive.ts";
import { files } from "./layout.ts";
import { manifestSchema } from "./manifest.ts";
import { readEnvironment, readPlan, readRawFiles } from "./read-bundle.ts";
import { viewOf } from "./series.ts";
import type { BundleView } from "./view.ts";

/** The view of a sealed bundle, recomputed from its raw files. @throws BAD_INPUT when the folder is no sealed bundle */
export async function readBundleView(folder: string): Promise<BundleView> {
  const text = await readFile(path.join(folder, files.manifest), "utf8").catch((cause: unknown) => {
    throw new LifeboatError("BAD_INPUT", `${folder} is no sealed bundle`, { field: "folder", cause });
  });
  const manifest = manifestSchema.parse(JSON.parse(text));
  const { events } = readChain(await readFile(path.join(folder, files.events)), manifest.drillId);
  const { raw: read } = await readRawFiles(folder);
  const raw = { ...read, drillId: manifest.drillId, events, plan: await readPlan(folder) };
  return viewOf(raw, deriveAll(raw), { manifest, environment: await readEnvironment(folder) });
}
