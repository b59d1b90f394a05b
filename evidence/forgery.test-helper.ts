import type { KeyObject } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { canonicalJson, sha256Hex } from "./canonical.ts";
import { lineOf, genesisOf, type Place } from "./chain.ts";
import { signStatement } from "./dsse.ts";
import type { DrillEvent } from "./events.ts";
import { files, isCore } from "./layout.ts";
import { manifestSchema, PREDICATE_TYPE, sumsOf, type Manifest } from "./manifest.ts";
import { digestOf, entriesOf } from "./read-bundle.ts";

export type Changes = {
  readonly manifest?: Partial<Manifest>;
  readonly overall?: string;
};

/** What the holder of the trusted key can do: manifest, sums and seal anew over whatever lies in the folder. */
export async function resealed(folder: string, key: KeyObject, changes: Changes = {}): Promise<void> {
  const old = manifestSchema.parse(JSON.parse(await readFile(path.join(folder, files.manifest), "utf8")));
  const listed = await listedIn(folder);
  const chain = chainOf(await readFile(path.join(folder, files.events), "utf8"), old.drillId);
  const core = listed.filter((file) => isCore(file.path));
  const manifest: Manifest = { ...old, events: chain, files: core, ...changes.manifest };
  await writeFile(path.join(folder, files.manifest), canonicalJson(manifest));
  const views = listed.filter((file) => !isCore(file.path) && !ofTheSeal.includes(file.path));
  const others = [...views, { path: files.manifest, ...(await digestOf(path.join(folder, files.manifest))) }];
  const sums = sumsOf([...manifest.files, ...others]);
  await writeFile(path.join(folder, files.sums), sums);
  const subject = [...others, { path: files.sums, sha256: sha256Hex(sums) }];
  const { drillId, nonce, ending } = manifest;
  const overall =
    changes.overall ?? (JSON.parse(await readFile(path.join(folder, files.verdict), "utf8")).overall as string);
  const statement = {
    _type: "https://in-toto.io/Statement/v1",
    subject: subject.map((file) => ({ name: file.path, digest: { sha256: file.sha256 } })),
    predicateType: PREDICATE_TYPE,
    predicate: { drillId, nonce, ending, overall },
  };
  await writeFile(path.join(folder, files.attestation), signStatement(statement, key));
}

const ofTheSeal: readonly string[] = [files.manifest, files.sums, files.attestation];

async function listedIn(folder: string): Promise<Manifest["files"]> {
  const listed: Manifest["files"] = [];
  for (const entry of await entriesOf(folder)) {
    listed.push({ path: entry.path, ...(await digestOf(path.join(folder, entry.path))) });
  }
  return listed;
}

function chainOf(text: string, drillId: string): Manifest["events"] {
  const lines = text.split("\n").slice(0, -1);
  return { count: lines.length, head: sha256Hex(lines.at(-1) ?? genesisOf(drillId)) };
}

/** Changes the lines of the event log and nothing else. */
export async function withLines(folder: string, change: (lines: string[]) => string[]): Promise<void> {
  const file = path.join(folder, files.events);
  const lines = (await readFile(file, "utf8")).split("\n").slice(0, -1);
  await writeFile(file, `${change(lines).join("\n")}\n`);
}

/** A whole chain anew over events that were changed: sequence and `prev` fit, the recorder's stamps are kept. */
export function rechained(lines: readonly string[], drillId: string): string[] {
  let prev = genesisOf(drillId);
  return lines.map((line, seq) => {
    const { recordedAt, ...input } = JSON.parse(line) as DrillEvent;
    const place: Place = { seq, prev, recordedAt };
    const made = lineOf(input, place);
    prev = sha256Hex(made);
    return made;
  });
}
