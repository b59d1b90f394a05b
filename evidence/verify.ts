import { createPublicKey, type KeyObject } from "node:crypto";
import { lstat, readFile } from "node:fs/promises";
import path from "node:path";
import { LifeboatError, messageOf } from "../base/errors.ts";
import type { Measures, VerdictFile } from "./bundle.ts";
import { canonicalJson } from "./canonical.ts";
import { readChain } from "./chain.ts";
import { checkDerived } from "./checks/derived-files.ts";
import { checkEvents } from "./checks/recorded-events.ts";
import { checkFiles, type ActualFiles } from "./checks/sealed-files.ts";
import { openEnvelope } from "./dsse.ts";
import { publicKeysSchema } from "./keys.ts";
import { files } from "./layout.ts";
import { manifestSchema, statementSchema, type Manifest, type Statement } from "./manifest.ts";
import { digestOf, entriesOf, type Entry, type Problem } from "./read-bundle.ts";
import type { Renderer } from "./view.ts";

export type VerifyOptions = {
  /** The parsed file of trusted keys, from outside the bundle. @see publicKeysSchema */
  readonly keys: unknown;
  /** Those that the recorder seals with: reports are rendered anew and compared. */
  readonly renderers: readonly Renderer[];
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
 * that measures, verdict, limits and reports follow from the raw files. Needs nothing running.
 * @throws BAD_INPUT when the keys or the folder cannot be read: nothing was verified
 */
export async function verifyBundle(folder: string, options: VerifyOptions): Promise<Verification> {
  const keys = trustedKeys(options.keys);
  const status = await lstat(folder).catch(() => undefined);
  if (!status?.isDirectory()) throw new LifeboatError("BAD_INPUT", `${folder} is no folder`, { field: "folder" });
  const entries = await entriesOf(folder);
  const odd = entries.filter((entry) => entry.kind === "other");
  if (odd.length > 0) return refused(odd.map(({ path: file }) => ({ file, problem: "is no regular file" })));
  const actual = await digestsOf(folder, entries);
  const statement = await readStatement(folder, keys);
  const manifest = await readManifest(folder);
  if ("problem" in statement || "problem" in manifest) {
    const unreadable = [statement, manifest].filter((one) => "problem" in one);
    return refused([...unreadable, ...missingSeal(actual)]);
  }
  const sealed = [
    ...checkFiles(actual, statement, manifest),
    ...checkRun({ statement, manifest, expectRun: options.expectRun }),
  ];
  const recorded = await checkRecorded({ folder, statement, manifest, renderers: options.renderers });
  return {
    ...recorded,
    valid: sealed.length + recorded.problems.length === 0,
    problems: [...sealed, ...recorded.problems],
  };
}

type Recorded = {
  readonly folder: string;
  readonly statement: Statement;
  readonly manifest: Manifest;
  readonly renderers: readonly Renderer[];
};

async function checkRecorded(recorded: Recorded): Promise<Omit<Verification, "valid">> {
  const { folder, manifest } = recorded;
  const content = await readFile(path.join(folder, files.events)).catch(() => new Uint8Array());
  const chain = readChain(content, manifest.drillId);
  const problems = checkEvents(chain, manifest);
  if (problems.length > 0) return { problems, verdict: null, measures: null };
  const { problems: found, derived } = await checkDerived({ ...recorded, events: chain.events });
  return { problems: found, verdict: derived.verdict, measures: derived.measures };
}

function refused(problems: readonly Problem[]): Verification {
  return { valid: false, problems, verdict: null, measures: null };
}

function trustedKeys(given: unknown): KeyObject[] {
  const parsed = publicKeysSchema.safeParse(given);
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    const where = `${issue?.path.join(".") || "the file"}: ${issue?.message}`;
    throw new LifeboatError("BAD_INPUT", `keys: not as keys export writes them (${where})`, { field: "keys" });
  }
  try {
    return parsed.data.keys.map((key) => createPublicKey(key.publicKeyPem));
  } catch (error) {
    throw new LifeboatError("BAD_INPUT", `keys: ${messageOf(error)}`, { field: "keys", cause: error });
  }
}

async function digestsOf(folder: string, entries: readonly Entry[]): Promise<ActualFiles> {
  const actual = new Map<string, Awaited<ReturnType<typeof digestOf>>>();
  for (const entry of entries) actual.set(entry.path, await digestOf(path.join(folder, entry.path)));
  return actual;
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

function missingSeal(actual: ActualFiles): Problem[] {
  const needed = [files.events, files.sums, files.howToVerify];
  return needed.filter((name) => !actual.has(name)).map((file) => ({ file, problem: "is missing" }));
}

type Claim = { readonly statement: Statement; readonly manifest: Manifest; readonly expectRun: string | undefined };

function checkRun({ statement: { predicate }, manifest, expectRun }: Claim): Problem[] {
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
