import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { keyIdOf, openEnvelope, signStatement } from "./dsse.ts";
import { loadOrCreateSigningKey, publicKeysDocument } from "./keys.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "keys-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("the signing key", () => {
  it("is made once, on the curve P-256, for its owner's eyes alone", async () => {
    const first = await loadOrCreateSigningKey(path.join(folder, "new"));
    const again = await loadOrCreateSigningKey(path.join(folder, "new"));
    expect(again.export({ type: "pkcs8", format: "pem" })).toBe(first.export({ type: "pkcs8", format: "pem" }));
    expect(first.asymmetricKeyDetails?.namedCurve).toBe("prime256v1");
    const { mode } = await stat(path.join(folder, "new", "recorder.key.pem"));
    expect(mode & 0o077).toBe(0);
  });

  it("is refused, never replaced, when its file cannot be read as a key", async () => {
    const file = path.join(folder, "recorder.key.pem");
    await writeFile(file, "no key");
    await expect(loadOrCreateSigningKey(folder)).rejects.toThrow(/DECODER|PEM|key/i);
    expect(await readFile(file, "utf8")).toBe("no key");
  });
});

describe("the exported keys", () => {
  it("are all public ones, retired ones included, so that old bundles stay verifiable", async () => {
    const old = await loadOrCreateSigningKey(folder);
    const envelope = signStatement({ said: "then" }, old);
    await rename(path.join(folder, "recorder.key.pem"), path.join(folder, "retired.pem.bak"));
    const now = await loadOrCreateSigningKey(folder);
    const document = await publicKeysDocument(folder);
    expect(document.keys.map((key) => key.keyid).toSorted()).toEqual(
      [old, now].map((key) => keyIdOf(createPublicKey(key))).toSorted(),
    );
    expect(JSON.stringify(document)).not.toContain("PRIVATE");
    const keys = document.keys.map((key) => createPublicKey(key.publicKeyPem));
    expect(openEnvelope(envelope, keys)).toEqual({ statement: { said: "then" } });
    expect((await readdir(folder)).filter((name) => name.endsWith(".pub.pem"))).toHaveLength(2);
  });

  it("open no envelope of a key that is not among them", async () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const { keys } = await publicKeysDocument(folder);
    const trusted = keys.map((key) => createPublicKey(key.publicKeyPem));
    const opened = openEnvelope(signStatement({ said: "x" }, privateKey), trusted);
    expect(opened).toEqual({ problem: "is not signed by any of the trusted keys" });
  });
});
