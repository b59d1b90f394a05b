import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, rm, stat } from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { ESTATE_MARK } from "../../cli/supervisor/launch.ts";
import { leftoverProcesses } from "../../cli/supervisor/leftovers.ts";
import { isAlive } from "../../base/processes.ts";
import { waitFor } from "../../base/waits.ts";
import {
  isOpen,
  killNow,
  startMembers,
  type TestMember,
  type TestMembers,
} from "../replication/active/member/members.test-helper.ts";
import { createMemberProcesses } from "./member-processes.ts";

let group: TestMembers;
let member: TestMember;
beforeEach(async () => {
  group = await startMembers(1);
  [member] = group.members as [TestMember];
}, 60_000);
afterEach(async () => {
  vi.unstubAllEnvs();
  await group.end();
}, 30_000);

async function saidBy(part: "syncer" | "pulse"): Promise<string> {
  return await readFile(path.join(group.home, "logs", `m0-${part}.log`), "utf8");
}

it("syncer and pulse outlive the kill -9 of who started them, and are found by record, not started twice", async () => {
  await group.processes.stop("m0");
  const file = path.join(import.meta.dirname, "member-processes.ts");
  const script = `
    const { createMemberProcesses } = await import(${JSON.stringify(file)});
    await createMemberProcesses(${JSON.stringify(group.home)}).start(${JSON.stringify(member.config)});
    console.log("started"); setInterval(() => {}, 1000);`;
  const starter = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(starter.stdout, "data");
  starter.kill("SIGKILL");
  await once(starter, "close");

  const others = createMemberProcesses(group.home);
  const found = await others.adopt("m0");
  expect(found.map(({ kind, name }) => `${kind} ${name}`)).toEqual(["syncer m0-syncer", "syncer m0-pulse"]);
  await isOpen(member);
  await others.start(member.config);
  expect(await others.adopt("m0")).toEqual(found);
}, 60_000);

it("is started anew with what a running syncer cannot be told, and not for a change of members", async () => {
  const before = await group.processes.adopt("m0");
  await group.processes.start({ ...member.config, membership: { epoch: 7, peers: [] } });
  expect(await group.processes.adopt("m0")).toEqual(before);
  await group.processes.start({ ...member.config, clockOffsetMs: 1000 });
  const after = await group.processes.adopt("m0");
  expect(after.map(({ name }) => name)).toEqual(before.map(({ name }) => name));
  expect(before.some((one) => one.host === "process" && isAlive(one))).toBe(false);
}, 60_000);

it("keeps its secrets to its own user", async () => {
  const folder = path.dirname(member.config.conflictsFile);
  expect((await stat(path.join(folder, "config.json"))).mode & 0o077).toBe(0);
});

it("both end at once when they are stopped, frozen or not, and leave nothing", async () => {
  const [syncer, pulse] = [await member.part("syncer"), await member.part("pulse")];
  if (syncer === undefined || pulse === undefined) throw new Error("they do not run");
  process.kill(syncer.pid, "SIGSTOP");
  await group.processes.stop("m0");
  expect([syncer, pulse].some(isAlive)).toBe(false);
  expect(await group.processes.adopt("m0")).toEqual([]);
  await expect(stat(path.dirname(member.config.conflictsFile))).rejects.toThrow("ENOENT");
});

it("a syncer whose redis has gone ends and says why; the pulse waits, and ends when its member is removed", async () => {
  const [syncer, pulse] = [await member.part("syncer"), await member.part("pulse")];
  if (syncer === undefined || pulse === undefined) throw new Error("they do not run");
  await group.host.stop("m0");
  await waitFor(() => !isAlive(syncer), { what: "the syncer to end", timeoutMs: 20_000 });
  expect(await saidBy("syncer")).toContain('"msg":"the syncer ends"');
  await waitFor(async () => (await saidBy("pulse")).includes("waits"), { what: "the pulse to say", timeoutMs: 20_000 });
  expect(isAlive(pulse)).toBe(true);
  await rm(path.dirname(member.config.conflictsFile), { recursive: true });
  await waitFor(() => !isAlive(pulse), { what: "the pulse to end", timeoutMs: 20_000 });
}, 60_000);

it("a syncer ends when another one has taken over its member", async () => {
  const [first] = await group.processes.adopt("m0");
  const elsewhere = createMemberProcesses(path.join(group.home, "elsewhere"));
  const ports = { exchange: { host: "127.0.0.1", port: 0 }, control: { host: "127.0.0.1", port: 0 } };
  const conflictsFile = elsewhere.conflictsFile("m0");
  await elsewhere.start({ ...member.config, ...ports, conflictsFile });
  try {
    const client = member.client();
    const hasEnded = async (): Promise<boolean> => {
      await client.incr("written");
      return first?.host === "process" && !isAlive(first);
    };
    await waitFor(hasEnded, { what: "the first syncer to end", timeoutMs: 20_000 });
    expect(await saidBy("syncer")).toContain("another syncer has taken over");
  } finally {
    await elsewhere.stop("m0");
  }
}, 60_000);

it("are leftovers of their estate, which `lifeboat down` ends", async () => {
  vi.stubEnv(ESTATE_MARK, group.home);
  await killNow(await member.part("syncer"));
  await killNow(await member.part("pulse"));
  await group.processes.start(member.config);
  const found = await group.processes.adopt("m0");
  const pids = leftoverProcesses(group.home).map(({ pid }) => pid);
  for (const one of found) expect(pids).toContain(one.host === "process" && one.pid);
  expect(found).toHaveLength(2);
}, 60_000);
