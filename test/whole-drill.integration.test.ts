import { execFile } from "node:child_process";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { labStateSchema } from "../contracts/lab.ts";
import { measuresSchema, verdictSchema } from "../evidence/bundle.ts";
import { HOME_LABEL, homeId } from "../geocache/hosts/labels.ts";
import { whyNotRun } from "./containers.test-helper.ts";
import { entriesOf } from "../evidence/read-bundle.ts";
import { verifyBundle } from "../evidence/verify.ts";
import { renderers } from "../reports/index.ts";
import { lifeboat, newPlace } from "./whole-drill.test-helper.ts";

const scenario = path.join(import.meta.dirname, "fixtures", "small-outage.yaml");
const notRun = await whyNotRun();
const hosts = [
  { host: "process", title: "process", notRun: "" },
  { host: "container", title: `container${notRun}`, notRun },
] as const;

async function json(file: string): Promise<unknown> {
  return JSON.parse(await readFile(file, "utf8"));
}

async function docker(...args: string[]): Promise<string> {
  return (await promisify(execFile)("docker", args, { timeout: 20_000 })).stdout;
}

async function expectNoContainers(home: string): Promise<void> {
  const filter = `label=${HOME_LABEL}=${homeId(home)}`;
  expect(await docker("ps", "--all", "--quiet", "--filter", filter)).toBe("");
  expect(await docker("network", "ls", "--quiet", "--filter", filter)).toBe("");
}

/** One byte of each file, somewhere else in each: in front, at the end and in between. */
async function expectEveryFlipFound(bundle: string, keys: unknown): Promise<void> {
  const names = (await entriesOf(bundle)).map((entry) => entry.path);
  for (const [at, name] of names.entries()) {
    const file = path.join(bundle, name);
    const good = await readFile(file);
    const place = Math.floor((at / (names.length - 1)) * (good.length - 1));
    await writeFile(file, good.with(place, (good[place] ?? 0) ^ 1));
    const { valid, problems } = await verifyBundle(bundle, { keys, renderers });
    await writeFile(file, good);
    expect(valid, name).toBe(false);
    expect(problems.map((one) => one.file)).toContain(name);
  }
}

describe.each(hosts)("a whole region outage on the host $title", ({ host, notRun: reason }) => {
  it.skipIf(reason !== "")(
    "is recovered from, measured, sealed, verifiable by a stranger, and leaves nothing behind",
    async () => {
      const env = await newPlace(host);
      const bundles = env["LIFEBOAT_BUNDLES"] ?? "";
      try {
        const drill = await lifeboat(env, ["drill", scenario]);
        const [name = "none"] = await readdir(bundles).catch(() => []);
        const bundle = path.join(bundles, name);
        expect(drill.code, drill.stdout + drill.stderr).toBe(0);

        const measures = measuresSchema.parse(await json(path.join(bundle, "measures.json")));
        expect(measures.recovery.serve).toMatchObject({ kind: "measured" });
        expect(measures.recovery.redundant).toMatchObject({ kind: "measured" });
        expect(measures.ledger.map((one) => one.label)).toEqual(["after-recovery", "after-healing"]);
        expect(measures.ledger.every((one) => one.acknowledged > 0)).toBe(true);
        const verdict = verdictSchema.parse(await json(path.join(bundle, "verdict.json")));
        expect(verdict).toMatchObject({ overall: "pass", ending: "completed" });

        const estate = labStateSchema.parse(await json(path.join(bundle, "env/estate.json")));
        expect(estate.host).toBe(host);
        expect(estate.caches.map((each) => each.host)).toEqual([host, host]);
        if (host === "container") await expectNoContainers(env["LIFEBOAT_HOME"] ?? "");

        const keys = path.join(bundles, "..", "keys.json");
        expect((await lifeboat(env, ["keys", "export", keys])).code).toBe(0);
        const valid = await lifeboat(env, ["verify", bundle, "--keys", keys]);
        expect(valid.code, valid.stdout + valid.stderr).toBe(0);

        await expectEveryFlipFound(bundle, await json(keys));
        const report = path.join(bundle, "report.html");
        const bytes = await readFile(report);
        expect(bytes.length).toBeLessThan(250_000);
        bytes[1000] = (bytes[1000] ?? 0) ^ 1;
        await writeFile(report, bytes);
        const flipped = await lifeboat(env, ["verify", bundle, "--keys", keys]);
        expect(flipped.code).toBe(1);
        expect(flipped.stdout + flipped.stderr).toContain("report.html");

        const status = await lifeboat(env, ["status", "--json"]);
        expect(JSON.stringify(JSON.parse(status.stdout))).not.toContain('"healthy"');
      } finally {
        await lifeboat(env, ["down"]);
        await rm(path.join(bundles, ".."), { recursive: true, force: true });
      }
    },
    400_000,
  );
});
