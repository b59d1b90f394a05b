import { createPublicKey, type KeyObject } from "node:crypto";
import { lstat, readFile } from "node:fs/promises";
import path from "node:path";
import { LifeboatError, messageOf } from "../base/errors.ts";
import type { Measures, VerdictFile } from "./bundle.ts";
import { canonicalJson, sha256Hex } from "./canonical.ts";
import { readChain, type ChainReading } from "./chain.ts";
import { deriveAll, endingOf, filesFromEvents } from "./derive.ts";
import { openEnvelope } from "./dsse.ts";
import { files, isCore } from "./layout.ts";
import { manifestSchema, statementSchema, sumsOf, type Manifest, type Statement } from "./manifest.ts";
import { planSha256 } from "./plan.ts";
import { publicKeysSchema } from "./keys.ts";
import { digestOf, entriesOf, readPlan, readRawFiles, type Problem } from "./read-bundle.ts";

export type VerifyOptions = {
  /** The parsed file of trusted keys, from outside the bundle. @see publicKeysSchema */
  readonly keys: unknown;
  /** The drill the bundle is claimed to be of. */
  readonly expectRun?: string;
};
export type Verification = {
  readonly valid: boolean;
  readonly problems: readonly Problem[];
  /** As recomputed from the raw files; null when these could not be trusted. */
  readonly verdict: VerdictFile | null;
  readonly measures: Measures | null;
};

/**
 * Checks a bundle against keys given from outside: signature, exact set of files, every digest, the event chain, and
 * that measures, verdict and limits follow from the raw files. Needs nothing running.
 * @throws BAD_INPUT when the keys or the folder cannot be read: nothing was verified
 */
export async function verifyBundle(folder: string, options: VerifyOptions): Promise<Verification> {
  const keys = trustedKeys(options.keys);
  const status = await lstat(folder).catch(() => undefined);
  if (!status?.isDirectory()) throw new LifeboatError("BAD_INPUT", `${folder} is no folder`, { field: "folder" });
  const problems: Problem[] = [];
  const entries = await entriesOf(folder);
  for (const entry of entries)
    if (entry.kind === "other") problems.push({ file: entry.path, problem: "is no regular file" });
  if (problems.length > 0) return refused(problems);
  const actual = new Map<string, string>();
  for (const entry of entries) actual.set(entry.path, (await digestOf(path.join(folder, entry.path))).sha256);

  const statement = await readStatement(folder, keys);
  const manifest = await readManifest(folder);
  if ("problem" in statement) problems.push(statement);
  if ("problem" in manifest) problems.push(manifest);
  if ("problem" in statement || "problem" in manifest) return refused([...problems, ...missingSeal(actual)]);
  problems.push(...checkFiles(actual, statement, manifest));
  problems.push(...checkRun(statement, manifest, options.expectRun));
  const content = await checkContent(folder, manifest);
  return finish([...problems, ...content.problems], content);
}

function refused(problems: readonly Problem[]): Verification {
  return { valid: false, problems, verdict: null, measures: null };
}

function finish(problems: readonly Problem[], content: Content): Verification {
  return { valid: problems.length === 0, problems, verdict: content.verdict, measures: content.measures };
}

function trustedKeys(given: unknown): KeyObject[] {
  try {
    return publicKeysSchema.parse(given).keys.map((key) => createPublicKey(key.publicKeyPem));
  } catch (error) {
    throw new LifeboatError("BAD_INPUT", `keys: ${messageOf(error)}`, { field: "keys", cause: error });
  }
}

async function readStatement(folder: string, keys: readonly KeyObject[]): Promise<Statement | Problem> {
  const bad = (problem: string): Problem => ({ file: files.attestation, problem });
  const bytes = await readFile(path.join(folder, files.attestation)).catch(() => undefined);
  if (!bytes) return bad("is missing");
  const text = bytes.toString("utf8");
  if (!Buffer.from(text).equals(bytes)) return bad("is not UTF-8");
  const opened = openEnvelope(text, keys);
  if ("problem" in opened) return bad(opened.problem);
  return statementSchema.safeParse(opened.statement).data ?? bad("signs something that is no drill evidence");
}

async function readManifest(folder: string): Promise<Manifest | Problem> {
  const bad = (problem: string): Problem => ({ file: files.manifest, problem });
  const text = await readFile(path.join(folder, files.manifest), "utf8").catch(() => undefined);
  if (text === undefined) return bad("is missing");
  try {
    const manifest = manifestSchema.parse(JSON.parse(text));
    return canonicalJson(manifest) === text ? manifest : bad("is not in canonical form");
  } catch {
    return bad("is not a manifest");
  }
}

function missingSeal(actual: ReadonlyMap<string, string>): Problem[] {
  const needed = [files.events, files.sums, files.howToVerify];
  return needed.filter((name) => !actual.has(name)).map((file) => ({ file, problem: "is missing" }));
}

/** Every file there is listed once with its digest, and every listed file is there. */
function checkFiles(actual: ReadonlyMap<string, string>, statement: Statement, manifest: Manifest): Problem[] {
  const problems: Problem[] = [];
  const expected = new Map<string, string>();
  const listed = [
    ...manifest.files.filter(
      (file) =>
        isCore(file.path) || problems.push({ file: file.path, problem: "does not belong into a manifest" }) === 0,
    ),
    ...statement.subject.map((one) => ({ path: one.name, sha256: one.digest.sha256 })),
  ];
  for (const file of listed) {
    if (expected.has(file.path)) problems.push({ file: file.path, problem: "is listed twice" });
    expected.set(file.path, file.sha256);
  }
  for (const name of [files.manifest, files.sums, files.howToVerify]) {
    if (!expected.has(name)) problems.push({ file: name, problem: "is not covered by the seal" });
  }
  for (const [name, sha256] of expected) {
    const found = actual.get(name);
    if (found === undefined) problems.push({ file: name, problem: "is missing" });
    else if (found !== sha256) problems.push({ file: name, problem: "was changed: its sha256 is not the sealed one" });
  }
  for (const name of actual.keys()) {
    if (!expected.has(name) && name !== files.attestation)
      problems.push({ file: name, problem: "does not belong to the bundle" });
  }
  expected.delete(files.sums);
  const sums = sumsOf([...expected].map(([name, sha256]) => ({ path: name, sha256 })));
  if (actual.get(files.sums) !== sha256Hex(sums))
    problems.push({ file: files.sums, problem: "does not list the sealed files" });
  return problems;
}

function checkRun(statement: Statement, manifest: Manifest, expectRun: string | undefined): Problem[] {
  const { predicate } = statement;
  const same =
    predicate.drillId === manifest.drillId &&
    predicate.nonce === manifest.nonce &&
    predicate.ending === manifest.ending;
  const problems: Problem[] = same ? [] : [{ file: files.attestation, problem: "is of another run than the manifest" }];
  if (expectRun !== undefined && manifest.drillId !== expectRun) {
    problems.push({ file: files.manifest, problem: `is of drill ${manifest.drillId}, not of ${expectRun}` });
  }
  return problems;
}

type Content = {
  readonly problems: readonly Problem[];
  readonly verdict: VerdictFile | null;
  readonly measures: Measures | null;
};

/** What is signed must also follow from what was recorded: a signature over a false verdict is not enough. */
async function checkContent(folder: string, manifest: Manifest): Promise<Content> {
  const chain = readChain(
    await readFile(path.join(folder, files.events)).catch(() => new Uint8Array()),
    manifest.drillId,
  );
  const problems = checkChain(chain, manifest);
  if (problems.length > 0) return { problems, verdict: null, measures: null };
  const plan = await readPlan(folder);
  const opened = chain.events.find((event) => event.type === "run.opened");
  const planned = planSha256(plan);
  if (manifest.planSha256 !== planned || opened?.data["planSha256"] !== planned) {
    problems.push({ file: files.plan, problem: "is not the plan that was drilled" });
  }
  const { raw } = await readRawFiles(folder);
  const derived = deriveAll({ ...raw, drillId: manifest.drillId, events: chain.events, plan });
  const expected = new Map([
    ...filesFromEvents(chain.events),
    [files.measures, canonicalJson(derived.measures)],
    [files.verdict, canonicalJson(derived.verdict)],
    [files.limits, canonicalJson(derived.limits)],
  ]);
  for (const [name, text] of expected) {
    const found = await readFile(path.join(folder, name), "utf8").catch(() => undefined);
    if (found !== text)
      problems.push({ file: name, problem: "does not follow from the recorded events and raw files" });
  }
  return { problems, verdict: derived.verdict, measures: derived.measures };
}

function checkChain(chain: ChainReading, manifest: Manifest): Problem[] {
  const bad = (problem: string): Problem => ({ file: files.events, problem });
  if (chain.problem !== null) return [bad(chain.problem)];
  const problems: Problem[] = [];
  if (chain.events.length !== manifest.events.count || chain.head !== manifest.events.head) {
    problems.push(bad("is not the chain that was sealed"));
  }
  if (chain.events.at(-1)?.type !== "run.closed") problems.push(bad("does not end with run.closed"));
  if (endingOf(chain.events) !== manifest.ending) problems.push(bad("ends otherwise than the manifest says"));
  return problems;
}
