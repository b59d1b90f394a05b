import { readFile, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { sealBundleOf, type SealedBundle } from "../../evidence/sealed-bundle.test-helper.ts";
import { resealed } from "../../evidence/forgery.test-helper.ts";
import { runIn } from "../run.test-helper.ts";

let bundle: SealedBundle;
let keys: string;
beforeAll(async () => {
  bundle = await sealBundleOf();
  keys = path.join(bundle.root, "trusted.json");
  await writeFile(keys, JSON.stringify(bundle.trust.keys));
});
afterAll(() => bundle.remove());

const run = (...args: string[]) => runIn(bundle.root, ...args);
const verify = (folder: string, ...more: string[]) => run("verify", folder, "--keys", keys, ...more);

describe("lifeboat verify", () => {
  it("ends with 0 for a valid bundle and prints the verdict that it computed", async () => {
    const { code, out } = await verify(bundle.folder, "--run", "drill-1");
    expect(code).toBe(0);
    expect(out).toContain("VALID");
    expect(out).toContain("recomputed verdict: pass (completed)");
  });

  it("ends with 1 for an edited report, also one that the trusted key sealed, and names it", async () => {
    await bundle.copied(async (folder) => {
      const page = path.join(folder, "report.html");
      await writeFile(page, (await readFile(page, "utf8")).replaceAll("3 of 20", "0 of 20"));
      expect(await verify(folder)).toMatchObject({ code: 1, out: expect.stringContaining("report.html: was changed") });
      await resealed(folder, bundle.privateKey);
      const { code, out } = await verify(folder);
      expect(code).toBe(1);
      expect(out).toContain("report.html: is not what this version of Lifeboat makes of the verified data");
      const json = await verify(folder, "--json");
      expect(JSON.parse(json.out)).toMatchObject({ valid: false, problems: [{ file: "report.html" }] });
    });
  });

  it("prints no control character of a name in the bundle", async () => {
    await bundle.copied(async (folder) => {
      await rename(path.join(folder, "report.md"), path.join(folder, "report\u001b[2J.md"));
      const { code, out } = await verify(folder);
      expect(code).toBe(1);
      expect(out).toContain("report\ufffd[2J.md: does not belong to the bundle");
    });
  });

  it("ends with 2 when nothing could be verified: no folder, no keys, no key in them", async () => {
    expect((await verify(path.join(bundle.root, "nowhere"))).code).toBe(2);
    for (const text of ["", "{}", '{"schema":"lifeboat/public-keys/1","keys":[{"keyid":"x"}]}']) {
      await writeFile(path.join(bundle.root, "bad.json"), text);
      const { code, err } = await run("verify", bundle.folder, "--keys", path.join(bundle.root, "bad.json"));
      expect(code).toBe(2);
      expect(err).toContain("could not verify: ");
    }
    expect((await run("verify", bundle.folder, "--keys", path.join(bundle.root, "none.json"))).code).toBe(2);
  });
});

describe("lifeboat report", () => {
  it("renders the sealed views anew, byte for byte, beside the bundle and never into it", async () => {
    const out = path.join(bundle.root, "again");
    expect((await run("report", bundle.folder, "--out", out)).code).toBe(0);
    for (const name of ["report.html", "report.md", "junit.xml"]) {
      expect(await readFile(path.join(out, name), "utf8")).toBe(await readFile(path.join(bundle.folder, name), "utf8"));
    }
    expect((await run("report", bundle.folder, "--out", path.join(bundle.folder, "sub"))).code).toBe(64);
    expect((await verify(bundle.folder)).code).toBe(0);
  });
});
