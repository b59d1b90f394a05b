import type { KeyObject } from "node:crypto";
import { rm } from "node:fs/promises";
import path from "node:path";
import { writeFileAtomic } from "../../base/files.ts";
import type { SealAnswer } from "../../contracts/recorder.ts";
import { canonicalJson, sha256Hex } from "../canonical.ts";
import { deriveAll, endingOf, filesFromEvents, type Derived } from "../derive.ts";
import { formatText } from "../format.ts";
import { signStatement } from "../dsse.ts";
import type { DrillEvent } from "../events.ts";
import { headlineOf } from "../headline.ts";
import { howToVerify } from "../how-to-verify.ts";
import { files, isCore } from "../layout.ts";
import { PREDICATE_TYPE, sumsOf, type Manifest, type Statement } from "../manifest.ts";
import { planSha256, scenarioOf } from "../plan.ts";
import { digestOf, entriesOf, readEnvironment, readPlan, readRawFiles, type RawBundle } from "../read-bundle.ts";
import { rendered } from "../render.ts";
import { viewOf } from "../series.ts";
import type { BundleView, Renderer } from "../view.ts";
import type { Journal } from "./journal.ts";

type Sealing = { readonly folder: string; readonly drillId: string; readonly journal: Journal };
type SealOptions = { readonly privateKey: KeyObject; readonly renderers: readonly Renderer[] };
type Listed = { readonly path: string; readonly size: number; readonly sha256: string };

/**
 * Derives, judges, renders and signs a closed bundle. Each step can be repeated after a crash: the envelope comes
 * last, and everything before it follows from the events and raw files.
 */
export async function sealBundle(sealing: Sealing, options: SealOptions): Promise<SealAnswer> {
  const { folder, drillId } = sealing;
  const events = sealing.journal.events();
  await sweep(folder);
  for (const [name, text] of filesFromEvents(events)) await writeFileAtomic(path.join(folder, name), text);
  const raw: RawBundle = { ...(await readRawFiles(folder)).raw, drillId, events, plan: await readPlan(folder) };
  const derived = deriveAll(raw);
  await writeDerived(folder, derived);
  const manifest = await makeManifest(sealing, raw.plan);
  await writeFileAtomic(path.join(folder, files.manifest), canonicalJson(manifest));
  const view = viewOf(raw, derived, { manifest, environment: await readEnvironment(folder) });
  const views = await renderAll(folder, view, options.renderers);
  await sign(folder, { manifest, views, overall: derived.verdict.overall }, options.privateKey);
  return answerOf(sealing, view, views);
}

/** Removes what a crash left of files half written, and of an earlier sealing. */
async function sweep(folder: string): Promise<void> {
  for (const entry of await entriesOf(folder)) {
    if (/\.\d+\.[0-9a-f]{8}\.tmp$/.test(entry.path)) await rm(path.join(folder, entry.path), { force: true });
  }
  await rm(path.join(folder, files.attestation), { force: true });
}

async function writeDerived(folder: string, derived: Derived): Promise<void> {
  await writeFileAtomic(path.join(folder, files.measures), canonicalJson(derived.measures));
  await writeFileAtomic(path.join(folder, files.verdict), canonicalJson(derived.verdict));
  await writeFileAtomic(path.join(folder, files.limits), canonicalJson(derived.limits));
}

async function makeManifest(sealing: Sealing, plan: unknown): Promise<Manifest> {
  const core = (await entriesOf(sealing.folder)).filter((entry) => entry.kind === "file" && isCore(entry.path));
  const listed: Listed[] = [];
  for (const entry of core)
    listed.push({ path: entry.path, ...(await digestOf(path.join(sealing.folder, entry.path))) });
  const events = sealing.journal.events();
  return {
    schema: "lifeboat/manifest/1",
    drillId: sealing.drillId,
    planSha256: planSha256(plan),
    ending: endingOf(events),
    nonce: nonceOf(events),
    events: { count: events.length, head: sealing.journal.head() },
    files: listed,
  };
}

function nonceOf(events: readonly DrillEvent[]): string {
  return formatText(events.find((event) => event.type === "run.closed")?.data["nonce"], "");
}

async function renderAll(folder: string, view: BundleView, renderers: readonly Renderer[]): Promise<Listed[]> {
  const made: Listed[] = [];
  for (const renderer of renderers) {
    const text = rendered(renderer, view);
    await writeFileAtomic(path.join(folder, renderer.file), text);
    made.push({ path: renderer.file, size: Buffer.byteLength(text), sha256: sha256Hex(text) });
  }
  return made;
}

type Signing = { readonly manifest: Manifest; readonly views: readonly Listed[]; readonly overall: string };

async function sign(folder: string, signing: Signing, privateKey: KeyObject): Promise<void> {
  const { manifest, views } = signing;
  await writeFileAtomic(path.join(folder, files.howToVerify), howToVerify(manifest.drillId));
  const sealed: Listed[] = [...views];
  for (const name of [files.manifest, files.howToVerify])
    sealed.push({ path: name, ...(await digestOf(path.join(folder, name))) });
  const sums = sumsOf([...manifest.files, ...sealed]);
  await writeFileAtomic(path.join(folder, files.sums), sums);
  const statement: Statement = {
    _type: "https://in-toto.io/Statement/v1",
    subject: [...sealed, { path: files.sums, sha256: sha256Hex(sums) }].map((file) => ({
      name: file.path,
      digest: { sha256: file.sha256 },
    })),
    predicateType: PREDICATE_TYPE,
    predicate: { drillId: manifest.drillId, nonce: manifest.nonce, ending: manifest.ending, overall: signing.overall },
  };
  await writeFileAtomic(path.join(folder, files.attestation), signStatement(statement, privateKey));
}

function answerOf(sealing: Sealing, view: BundleView, views: readonly Listed[]): SealAnswer {
  const { verdict } = view;
  const report = views.find((one) => one.path === "report.html") ?? views[0];
  return {
    folder: sealing.folder,
    reportFile: path.join(sealing.folder, report?.path ?? files.verdict),
    manifestSha256: view.manifestSha256,
    overall: verdict.overall,
    ending: verdict.ending,
    objectives: verdict.objectives.map(({ id, verdict: result, why }) => ({ id, verdict: result, why })),
    headline: headlineOf(scenarioOf(view.scenario), view),
  };
}
