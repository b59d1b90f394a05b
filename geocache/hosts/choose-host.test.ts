import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { chooseHost, forgetChoice } from "./choose-host.ts";
import { removeLeftoverContainers } from "./leftover-containers.ts";

let home: string;
beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), "lifeboat-choice-"));
  vi.stubEnv("DOCKER_HOST", `unix://${home}/docker.sock`);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(home, { recursive: true, force: true });
});

describe("without a Docker engine", () => {
  it("caches run as processes, and the reason is told", async () => {
    expect(await chooseHost(home, {})).toEqual({
      kind: "process",
      why: `no Docker engine answers: ${home}/docker.sock is silent`,
    });
  });

  it("asking for containers is an error that says what to do", async () => {
    await expect(chooseHost(home, { LIFEBOAT_HOST: "container" })).rejects.toMatchObject({
      code: "TOOL_MISSING",
      hint: expect.stringContaining("LIFEBOAT_HOST=process") as string,
    });
  });

  it("there are no containers to remove, unless the home had some", async () => {
    expect(await removeLeftoverContainers(home)).toEqual({ removed: 0, problem: null });
  });
});

it("an engine that accepts and stays silent is waited for no longer than some seconds", async () => {
  const silent = createServer().listen(`${home}/docker.sock`);
  await once(silent, "listening");
  expect(await chooseHost(home, { LIFEBOAT_HOST: "auto" })).toMatchObject({ kind: "process" });
  silent.close();
}, 6000);

it("any other host is refused by name", async () => {
  await expect(chooseHost(home, { LIFEBOAT_HOST: "cloud" })).rejects.toMatchObject({ code: "BAD_INPUT" });
});

it("a choice is kept until it is forgotten, so that a restart finds its caches", async () => {
  await chooseHost(home, { LIFEBOAT_HOST: "process" });
  expect(await chooseHost(home, {})).toMatchObject({ why: "LIFEBOAT_HOST=process" });
  await forgetChoice(home);
  expect(await chooseHost(home, {})).toMatchObject({ why: expect.stringContaining("silent") as string });
});
