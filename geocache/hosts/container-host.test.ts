import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { newSecret } from "../../base/ids.ts";
import { whyNotRun } from "../../test/containers.test-helper.ts";
import { conformance } from "../control-plane/conformance.ts";
import { activeConformance } from "../control-plane/conformance/active.ts";
import { startMembers } from "../replication/active/member/members.test-helper.ts";
import { answersPing } from "./admin-connection.ts";
import type { CacheHost, CacheSpec, StartedCache } from "./cache-host.ts";
import { chooseHost, forgetChoice } from "./choose-host.ts";
import { createContainerHost } from "./container-host.ts";
import { imageName } from "./image.ts";
import { HOME_LABEL, homeId } from "./labels.ts";
import { removeLeftoverContainers } from "./leftover-containers.ts";

const secrets = { adminPassword: newSecret(), clientPassword: newSecret(), replicationPassword: newSecret() };

function specOf(name: string): CacheSpec {
  return { name, region: "west", maxmemoryBytes: 4_000_000, secrets };
}

function containerOf(started: StartedCache | undefined): string {
  if (started?.identity.host !== "container") throw new Error("no container");
  return started.identity.containerId;
}

function docker(...args: string[]): string {
  return execFileSync("docker", args, { encoding: "utf8", timeout: 20_000 }).trim();
}

function leftOf(home: string): string {
  const filter = `label=${HOME_LABEL}=${homeId(home)}`;
  return docker("ps", "-aq", "--filter", filter) + docker("network", "ls", "-q", "--filter", filter);
}

const notRun = await whyNotRun();

describe.skipIf(notRun !== "")(`the container host${notRun}`, () => {
  const homes = new Set<string>();
  afterAll(async () => {
    for (const home of homes) await removeLeftoverContainers(home);
  });
  const hostFor = (home: string): CacheHost => {
    homes.add(home);
    return createContainerHost(home);
  };
  conformance("container", hostFor);
  activeConformance("container", hostFor, "essential");
});

describe.skipIf(notRun !== "")(`a container of a cache${notRun}`, () => {
  let home: string;
  beforeEach(async () => {
    home = await mkdtemp(path.join(tmpdir(), "lifeboat-containers-"));
  });
  afterEach(async () => {
    await removeLeftoverContainers(home);
    await rm(home, { recursive: true, force: true });
  });

  it("outlives the kill -9 of who started it, and is found by its label, not made again", async () => {
    const file = path.join(import.meta.dirname, "container-host.ts");
    const script = `
      const { createContainerHost } = await import(${JSON.stringify(file)});
      await createContainerHost(${JSON.stringify(home)}).start(${JSON.stringify(specOf("cache-a"))});
      console.log("started"); setInterval(() => {}, 1000);`;
    const starter = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await once(starter.stdout, "data");
    starter.kill("SIGKILL");
    await once(starter, "close");

    const adopted = await createContainerHost(home).adopt("cache-a");
    expect(docker("ps", "-q", "--no-trunc", "--filter", `label=${HOME_LABEL}=${homeId(home)}`)).toBe(
      containerOf(adopted),
    );
    expect(adopted && (await answersPing({ endpoint: adopted.direct, password: secrets.adminPassword }, 1000))).toBe(
      true,
    );
    expect(docker("ps", "-aq", "--filter", "label=org.testcontainers.ryuk=true")).toBe("");
  });

  it("is what caches run in where an engine has or gets the image, and a process where it does not", async () => {
    expect(await chooseHost(home, { LIFEBOAT_REDIS_IMAGE: imageName() })).toMatchObject({ kind: "container" });
    await forgetChoice(home);
    const nowhere = "localhost:1/none:0";
    const choice = await chooseHost(home, { LIFEBOAT_REDIS_IMAGE: nowhere });
    expect(choice.kind).toBe("process");
    expect(choice.why).toContain(`${nowhere} is not here and could not be pulled`);
  });

  it("shows no password to whoever lists processes or containers", async () => {
    const host = createContainerHost(home);
    const shown = docker("inspect", containerOf(await host.start(specOf("cache-a"))));
    for (const secret of Object.values(secrets)) expect(shown).not.toContain(secret);
  });

  it("is missed when somebody removes it, and is adopted while it is frozen", async () => {
    const host = createContainerHost(home);
    const id = containerOf(await host.start(specOf("cache-a")));
    docker("pause", id);
    expect(containerOf(await host.adopt("cache-a"))).toBe(id);
    docker("rm", "--force", id);
    expect(await host.adopt("cache-a")).toBeUndefined();
    await host.stop("cache-a");
  });

  it("is a member of an active group like a process, joined by a snapshot over the home's bridge", async () => {
    const group = await startMembers(2, { hostFor: createContainerHost });
    try {
      const [one, two] = group.members.map((member) => member.client());
      await one?.set("from-one", "1");
      await two?.incr("from-two");
      await group.converged();
      expect(await two?.get("from-one")).toBe("1");
    } finally {
      await group.end();
      await removeLeftoverContainers(group.home);
    }
  }, 60_000);

  it("that does not start is told with its last words and leaves nothing", async () => {
    const host = createContainerHost(home);
    const broken = { ...specOf("cache-a"), maxmemoryBytes: Number.NaN };
    await expect(host.start(broken)).rejects.toThrow(/maxmemory NaN/);
    expect(docker("ps", "-aq", "--filter", `label=${HOME_LABEL}=${homeId(home)}`)).toBe("");
  });

  it("is a leftover that is removed with its network, running, frozen or dead; another home's stay", async () => {
    const other = `${home}-other`;
    try {
      const kept = containerOf(await createContainerHost(other).start(specOf("cache-a")));
      const host = createContainerHost(home);
      const started = await Promise.all(["running", "frozen", "dead"].map((name) => host.start(specOf(name))));
      const [, frozen, dead] = started.map(containerOf);
      docker("pause", frozen ?? "");
      docker("kill", dead ?? "");
      expect(await removeLeftoverContainers(home)).toEqual({ removed: 3, problem: null });
      expect(leftOf(home)).toBe("");
      expect(containerOf(await createContainerHost(other).adopt("cache-a"))).toBe(kept);
    } finally {
      await removeLeftoverContainers(other);
    }
  });
});
