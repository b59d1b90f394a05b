import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, it } from "vitest";
import { credentialsFile, loadOrCreateCredentials } from "./credentials.ts";

it("credentials asked for by many at once on a new home are the same for all, and for the user's eyes only", async () => {
  const home = await mkdtemp(path.join(tmpdir(), "lifeboat-credentials-"));
  try {
    const all = await Promise.all(Array.from({ length: 20 }, () => loadOrCreateCredentials(home)));
    expect(new Set(all.map((credentials) => JSON.stringify(credentials))).size).toBe(1);
    expect((await stat(credentialsFile(home))).mode & 0o777).toBe(0o600);
    expect(await readdir(home)).toEqual(["credentials.json"]);
  } finally {
    await rm(home, { recursive: true });
  }
});

it("a home that was made before a token was needed keeps its tokens and gets that one, the same in every process", async () => {
  const home = await mkdtemp(path.join(tmpdir(), "lifeboat-credentials-"));
  try {
    const { armOperator, ...before } = await loadOrCreateCredentials(home);
    await writeFile(credentialsFile(home), JSON.stringify(before));
    const [one, other] = [await loadOrCreateCredentials(home), await loadOrCreateCredentials(home)];
    expect(one).toEqual(other);
    expect(one).toMatchObject(before);
    expect(new Set([armOperator, ...Object.values(one)]).size).toBe(Object.keys(one).length + 1);
    expect(JSON.parse(await readFile(credentialsFile(home), "utf8"))).toEqual(before);
  } finally {
    await rm(home, { recursive: true });
  }
});
