import { mkdtemp, readdir, rm, stat } from "node:fs/promises";
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
