import { readFile } from "node:fs/promises";
import path from "node:path";
import { canonicalJson } from "../canonical.ts";
import { deriveAll, filesFromEvents, type Derived } from "../derive.ts";
import type { DrillEvent } from "../events.ts";
import { howToVerify } from "../how-to-verify.ts";
import { files } from "../layout.ts";
import type { Manifest, Statement } from "../manifest.ts";
import { planSha256 } from "../plan.ts";
import { readEnvironment, readPlan, readRawFiles, type Problem, type RawBundle } from "../read-bundle.ts";
import { rendered } from "../render.ts";
import { viewOf } from "../series.ts";
import type { Renderer } from "../view.ts";

type Content = {
  readonly folder: string;
  readonly manifest: Manifest;
  readonly statement: Statement;
  readonly events: readonly DrillEvent[];
  readonly renderers: readonly Renderer[];
};

/**
 * What is signed must also follow from what was recorded: everything that was derived is derived anew from the raw
 * files and compared byte for byte, down to the reports, so that a signature over a false one is not enough.
 */
export async function checkDerived(content: Content): Promise<{ problems: Problem[]; derived: Derived }> {
  const { folder, manifest, events } = content;
  const plan = await readPlan(folder);
  const raw: RawBundle = { ...(await readRawFiles(folder)).raw, drillId: manifest.drillId, events, plan };
  const derived = deriveAll(raw);
  const core = coreFiles(events, derived);
  const views = await viewFiles(content, raw, derived);
  const problems = [...checkPlan(content, plan), ...underived(content, core, views)];
  for (const [file, text] of [...core, ...views]) {
    const found = await readFile(path.join(folder, file), "utf8").catch(() => undefined);
    if (found !== text) problems.push({ file, problem: reasonFor(core.has(file)) });
  }
  if (content.statement.predicate.overall !== derived.verdict.overall) {
    problems.push({ file: files.attestation, problem: `signs another verdict than ${derived.verdict.overall}` });
  }
  return { problems, derived };
}

function reasonFor(isCore: boolean): string {
  if (isCore) return "does not follow from the recorded events and raw files";
  return "is not what this version of Lifeboat makes of the verified data";
}

function checkPlan({ manifest, events }: Content, plan: unknown): Problem[] {
  const planned = planSha256(plan);
  const opened = events.find((event) => event.type === "run.opened");
  const same = manifest.planSha256 === planned && opened?.data["planSha256"] === planned;
  return same ? [] : [{ file: files.plan, problem: "is not the plan that was drilled" }];
}

function coreFiles(events: readonly DrillEvent[], derived: Derived): Map<string, string> {
  return new Map([
    ...filesFromEvents(events),
    [files.measures, canonicalJson(derived.measures)],
    [files.verdict, canonicalJson(derived.verdict)],
    [files.limits, canonicalJson(derived.limits)],
  ]);
}

async function viewFiles(content: Content, raw: RawBundle, derived: Derived): Promise<Map<string, string>> {
  const { folder, manifest } = content;
  const view = viewOf(raw, derived, { manifest, environment: await readEnvironment(folder) });
  const views = new Map(content.renderers.map((renderer) => [renderer.file, rendered(renderer, view)]));
  return views.set(files.howToVerify, howToVerify(manifest.drillId));
}

/** Sealed files that only a derivation may make, and that none of them made. */
function underived(
  { manifest, statement }: Content,
  core: ReadonlyMap<string, string>,
  views: ReadonlyMap<string, string>,
): Problem[] {
  const fromEvents = manifest.files.filter(({ path: file }) => /^(?:membership|commands)\//.test(file));
  const own: readonly string[] = [files.manifest, files.sums];
  const others = statement.subject.filter(({ name }) => !own.includes(name));
  return [
    ...fromEvents.filter(({ path: file }) => !core.has(file)).map((file) => file.path),
    ...others.filter(({ name }) => !views.has(name)).map((one) => one.name),
  ].map((file) => ({ file, problem: "follows from nothing that was recorded" }));
}
