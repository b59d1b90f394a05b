import type { KeyObject } from "node:crypto";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { loadOrCreateCredentials } from "../base/credentials.ts";
import { createNdjsonGzWriter } from "../base/ndjson.ts";
import { renderers } from "../reports/index.ts";
import { loadOrCreateSigningKey, publicKeysDocument } from "./keys.ts";
import { createRecorder } from "./recorder/recorder.ts";
import { eventsOf, plan, probeLines, readLines, writeLines } from "./sealed-bundle.fixture.test-helper.ts";

export const drillId = "drill-1";

/** A small outage as the recorder itself writes and seals it, with the reports of the product. */
export type SealedBundle = {
  readonly root: string;
  readonly folder: string;
  readonly trust: { readonly keys: unknown; readonly renderers: typeof renderers };
  readonly privateKey: KeyObject;
  /** Does the work on a copy that is removed afterwards. */
  copied<T>(work: (folder: string) => Promise<T>): Promise<T>;
  remove(): Promise<void>;
};

/** What a drill had besides the small outage, or in place of its plan. */
type More = {
  readonly plan?: unknown;
  readonly events?: readonly object[];
  /** Lines by path; `.gz` is gzipped. */
  readonly files?: Readonly<Record<string, readonly unknown[]>>;
};

export async function sealBundleOf(lostSeqs: readonly number[] = [3, 4, 7], more: More = {}): Promise<SealedBundle> {
  const root = await mkdtemp(path.join(os.tmpdir(), "sealed-"));
  const [home, bundlesFolder, keysFolder] = ["home", "bundles", "keys"].map((name) => path.join(root, name)) as [
    string,
    string,
    string,
  ];
  const recorder = await createRecorder({ home, bundlesFolder, keysFolder, renderers });
  const { recorder: token } = await loadOrCreateCredentials(home);
  const send = async (method: "PUT" | "POST", url: string, payload: object): Promise<void> => {
    const headers = { authorization: `Bearer ${token}` };
    const answer = await recorder.api.inject({ method, url: `/bundles/${drillId}${url}`, headers, payload });
    if (answer.statusCode !== 200) throw new Error(`${url}: ${answer.body}`);
  };
  await send("PUT", "", { fencingToken: 1, scenario: more.plan ?? plan });
  await send("POST", "/events", { fencingToken: 1, events: [...eventsOf(), ...(more.events ?? [])] });
  for (const [inside, lines] of Object.entries({ ...rawFiles(lostSeqs), ...more.files })) {
    const file = await written(path.join(root, path.basename(inside)), lines);
    await send("PUT", "/files", { fencingToken: 1, path: inside, source: { kind: "file", file } });
  }
  const text = JSON.stringify({ node: process.version });
  await send("PUT", "/files", { fencingToken: 1, path: "env/versions.json", source: { kind: "text", text } });
  await send("POST", "/seal", { fencingToken: 1, ending: "completed" });
  await recorder.close();
  return sealedAt(root, path.join(bundlesFolder, drillId), keysFolder);
}

function rawFiles(lostSeqs: readonly number[]): Record<string, readonly unknown[]> {
  return {
    "probes/service.west.write.ndjson.gz": probeLines(),
    "ledger/writes.ndjson.gz": writeLines(),
    "ledger/reads.after-recovery.cache-east.ndjson.gz": readLines("after-recovery", "cache-east", lostSeqs),
    "ledger/reads.after-healing.cache-east.ndjson.gz": readLines("after-healing", "cache-east", lostSeqs),
    "ledger/reads.after-healing.cache-west.ndjson.gz": readLines("after-healing", "cache-west", lostSeqs),
  };
}

async function sealedAt(root: string, folder: string, keysFolder: string): Promise<SealedBundle> {
  return {
    root,
    folder,
    trust: { keys: await publicKeysDocument(keysFolder), renderers },
    privateKey: await loadOrCreateSigningKey(keysFolder),
    async copied(work) {
      const copy = await mkdtemp(path.join(root, "copy-"));
      await cp(folder, copy, { recursive: true });
      return work(copy).finally(() => rm(copy, { recursive: true, force: true }));
    },
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

/** Writes a raw file as the observer and the ledger do. */
export async function written(file: string, lines: readonly unknown[]): Promise<string> {
  await rm(file, { force: true });
  if (!file.endsWith(".gz")) {
    await writeFile(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
    return file;
  }
  const writer = await createNdjsonGzWriter(file);
  for (const line of lines) writer.write(line);
  await writer.close();
  return file;
}
