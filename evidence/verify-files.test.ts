import { execFile } from "node:child_process";
import { generateKeyPairSync, sign } from "node:crypto";
import { cp, mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { canonicalJson } from "./canonical.ts";
import { keyIdOf, signStatement } from "./dsse.ts";
import { resealed } from "./forgery.test-helper.ts";
import { publicKeysDocument } from "./keys.ts";
import { files } from "./layout.ts";
import { manifestSchema } from "./manifest.ts";
import { entriesOf } from "./read-bundle.ts";
import { sealBundleOf, type SealedBundle } from "./sealed-bundle.test-helper.ts";
import { verifyBundle } from "./verify.ts";

let bundle: SealedBundle;
beforeAll(async () => {
  bundle = await sealBundleOf();
});
afterAll(() => bundle.remove());

async function problemsAfter(change: (folder: string) => Promise<unknown>): Promise<string[]> {
  return bundle.copied(async (folder) => {
    await change(folder);
    const { valid, problems } = await verifyBundle(folder, bundle.trust);
    expect(valid).toBe(false);
    return problems.map(({ file, problem }) => `${file}: ${problem}`);
  });
}

type Envelope = { payload: string; payloadType: string; signatures: { keyid: string; sig: string }[] };

const withEnvelope = (change: (envelope: Envelope) => unknown) => async (folder: string) => {
  const file = path.join(folder, files.attestation);
  await writeFile(file, canonicalJson(change(JSON.parse(await readFile(file, "utf8")) as Envelope)));
};

describe("the files of a bundle", () => {
  it("are valid as the recorder left them, for the run they are of and no other", async () => {
    const { keys, renderers } = bundle.trust;
    expect((await verifyBundle(bundle.folder, { keys, renderers, expectRun: "drill-1" })).problems).toEqual([]);
    const other = await verifyBundle(bundle.folder, { keys, renderers, expectRun: "drill-2" });
    expect(other.problems).toEqual([{ file: "manifest.json", problem: "is of drill drill-1, not of drill-2" }]);
  });

  it("are found changed, by name, whichever byte of whichever of them is flipped", async () => {
    const names = (await entriesOf(bundle.folder)).map((entry) => entry.path);
    expect(names).toEqual(expect.arrayContaining(Object.values(files)));
    const flip = fc.record({ place: fc.nat(), mask: fc.integer({ min: 1, max: 255 }) });
    await bundle.copied(async (folder) => {
      for (const name of names) {
        const file = path.join(folder, name);
        const good = await readFile(file);
        const isFound = async ({ place, mask }: { place: number; mask: number }): Promise<void> => {
          const at = place % good.length;
          await writeFile(file, good.with(at, (good[at] ?? 0) ^ mask));
          const { valid, problems } = await verifyBundle(folder, bundle.trust);
          expect(valid).toBe(false);
          expect(problems.map((one) => one.file)).toContain(name);
        };
        await fc.assert(fc.asyncProperty(flip, isFound), { numRuns: 8 });
        await writeFile(file, good);
      }
      expect((await verifyBundle(folder, bundle.trust)).valid).toBe(true);
    });
  });

  it("are refused with one added, one left out, a symlink or a folder in place of one", async () => {
    const added = await problemsAfter((folder) => writeFile(path.join(folder, "env", "extra.json"), "{}"));
    expect(added).toContain("env/extra.json: does not belong to the bundle");
    for (const name of ["measures.json", "events.jsonl", "SHA256SUMS", "probes/service.west.write.ndjson.gz"]) {
      const without = await problemsAfter((folder) => rm(path.join(folder, name)));
      expect(without).toContain(`${name}: is missing`);
    }
    const linked = await problemsAfter(async (folder) => {
      await cp(path.join(folder, files.measures), path.join(bundle.root, "elsewhere.json"));
      await rm(path.join(folder, files.measures));
      await symlink(path.join(bundle.root, "elsewhere.json"), path.join(folder, files.measures));
    });
    expect(linked).toEqual(["measures.json: is no regular file"]);
    const asFolder = await problemsAfter(async (folder) => {
      await rm(path.join(folder, files.limits));
      await mkdir(path.join(folder, files.limits));
    });
    expect(asFolder).toContain("limits.json: is missing");
  });

  it("are refused under edited sums, even when the trusted key signs these", async () => {
    const edited = async (folder: string): Promise<void> => {
      const file = path.join(folder, files.sums);
      const sums = (await readFile(file, "utf8")).split("\n").slice(1).join("\n");
      await writeFile(file, sums);
    };
    expect(await problemsAfter(edited)).toContain("SHA256SUMS: does not list the sealed files");
  });

  it.each([
    ["../outside.json", "does not belong into a manifest"],
    ["/etc/hosts", "does not belong into a manifest"],
    ["plan/../../outside.json", "does not belong into a manifest"],
    ["Plan/Scenario.json", "is listed twice"],
  ])("are refused when the sealed manifest lists %s", async (listed, problem) => {
    const found = await problemsAfter(async (folder) => {
      const text = await readFile(path.join(folder, files.manifest), "utf8");
      const { files: known } = manifestSchema.parse(JSON.parse(text));
      const stranger = { path: listed, size: 1, sha256: "0".repeat(64) };
      await resealed(folder, bundle.privateKey, { manifest: { files: [...known, stranger] } });
    });
    expect(found).toContain(`${listed}: ${problem}`);
  });
});

describe("the seal", () => {
  it("is refused under keys that the auditor does not trust, and under none", async () => {
    const { renderers } = bundle.trust;
    const others = await publicKeysDocument(path.join(bundle.root, "other-keys"));
    const refused = { file: "attestation.dsse.json", problem: "is not signed by any of the trusted keys" };
    const unknown = await verifyBundle(bundle.folder, { renderers, keys: others });
    expect(unknown.problems).toContainEqual(refused);
    expect(unknown.verdict).toBeNull();
    const none = await verifyBundle(bundle.folder, { renderers, keys: { ...others, keys: [] } });
    expect(none.problems).toContainEqual(refused);
  });

  it("is refused with another payload type, whether or not the key signed that type", async () => {
    const payloadType = "application/json";
    const relabelled = await problemsAfter(withEnvelope((envelope) => ({ ...envelope, payloadType })));
    expect(relabelled).toContain(`attestation.dsse.json: has the payload type ${payloadType}`);
    const signedSo = await problemsAfter(
      withEnvelope((envelope) => {
        const payload = Buffer.from(envelope.payload, "base64");
        const head = `DSSEv1 ${payloadType.length} ${payloadType} ${payload.length} `;
        const sig = sign("sha256", Buffer.concat([Buffer.from(head), payload]), bundle.privateKey).toString("base64");
        return { ...envelope, payloadType, signatures: [{ ...envelope.signatures[0], sig }] };
      }),
    );
    expect(signedSo).toContain(`attestation.dsse.json: has the payload type ${payloadType}`);
  });

  it("is refused when the payload was signed without its type: the encoding binds both", async () => {
    const bare = withEnvelope((envelope) => {
      const payload = Buffer.from(envelope.payload, "base64");
      const sig = sign("sha256", payload, bundle.privateKey).toString("base64");
      return { ...envelope, signatures: [{ ...envelope.signatures[0], sig }] };
    });
    expect(await problemsAfter(bare)).toContain("attestation.dsse.json: is not signed by any of the trusted keys");
  });

  it("is refused with another key's id, a second signature, loose base64 or another statement", async () => {
    const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const named = (change: (envelope: Envelope) => unknown) =>
      problemsAfter(withEnvelope(change)).then((all) => all[0]);
    const otherId = (one: Envelope) => ({ ...one, signatures: [{ ...one.signatures[0], keyid: keyIdOf(publicKey) }] });
    expect(await named(otherId)).toContain("names another key than the one that signed it");
    const twice = (one: Envelope) => ({ ...one, signatures: [...one.signatures, ...one.signatures] });
    expect(await named(twice)).toContain("is not a DSSE envelope with one signature");
    const loose = await problemsAfter(async (folder) => {
      const file = path.join(folder, files.attestation);
      await writeFile(file, (await readFile(file, "utf8")).replace('{"payload"', '{ "payload"'));
    });
    expect(loose[0]).toContain("is not in canonical form");
    const other = signStatement({ _type: "https://in-toto.io/Statement/v1", subject: [] }, bundle.privateKey);
    const foreign = await problemsAfter((folder) => writeFile(path.join(folder, files.attestation), other));
    expect(foreign[0]).toContain("signs something that is no drill evidence");
  });

  it("of another run does not fit, though the same key made it", async () => {
    const other = await sealBundleOf([]);
    const found = await problemsAfter((folder) =>
      cp(path.join(other.folder, files.attestation), path.join(folder, files.attestation)),
    ).finally(() => other.remove());
    expect(found.length).toBeGreaterThan(0);
  });

  it("is checked by the recipe of VERIFY.md with openssl and sha256sum alone", async () => {
    const recipe = /```sh\n([\s\S]*?)```/.exec(
      await readFile(path.join(bundle.folder, files.howToVerify), "utf8"),
    )?.[1];
    const PUBLIC_KEY = path.join(bundle.root, "trusted.pem");
    const pem = (bundle.trust.keys as { keys: { publicKeyPem: string }[] }).keys[0]?.publicKeyPem ?? "";
    await writeFile(PUBLIC_KEY, pem);
    const run = (cwd: string) =>
      promisify(execFile)("sh", ["-c", recipe ?? "exit 9"], { cwd, env: { ...process.env, PUBLIC_KEY } });
    expect((await run(bundle.folder)).stdout).toContain("all files: good");
    await bundle.copied(async (folder) => {
      await writeFile(path.join(folder, "verdict.json"), canonicalJson({ overall: "pass" }));
      const told = { stdout: expect.stringContaining("verdict.json: FAILED") };
      await expect(run(folder)).rejects.toMatchObject(told);
    });
  });
});
