import { mkdtemp, rm } from "node:fs/promises";
import { execFile } from "node:child_process";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { projectRoot } from "../../base/paths.ts";
import { identityOf, isAlive, signalProcess } from "../../base/processes.ts";
import { waitFor } from "../../base/waits.ts";
import { findRunning } from "./find-running.ts";

const UP_TIMEOUT_MS = 150_000;
type StatusJson = { processes: { name: string; state: string; pid: number | null; url: string | null }[] };

let folder: string;
let home: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "lifeboat-up-"));
  home = path.join(folder, "home");
});
afterAll(async () => {
  await lifeboat("down");
  await rm(folder, { recursive: true, force: true });
});

async function lifeboat(...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(process.execPath, [path.join(projectRoot, "cli/main.ts"), ...args], {
    env: { ...process.env, LIFEBOAT_HOME: home, LIFEBOAT_KEYS: path.join(folder, "keys") },
    timeout: UP_TIMEOUT_MS,
  });
  return stdout;
}

async function processes(): Promise<StatusJson["processes"]> {
  return (JSON.parse(await lifeboat("status", "--json")) as StatusJson).processes;
}

async function listens(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(Number(new URL(url).port), "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

function livePids(found: StatusJson["processes"]): number[] {
  return found.flatMap(({ pid }) => (pid === null ? [] : [pid]));
}

async function expectNothingLeft(before: StatusJson["processes"]): Promise<void> {
  for (const pid of livePids(before)) expect(identityOf(pid)).toBeUndefined();
  const urls = before.flatMap(({ url }) => (url === null ? [] : [url]));
  for (const url of urls) expect(await listens(url)).toBe(false);
  expect((await processes()).every(({ state }) => state === "stopped")).toBe(true);
}

describe("up and down", { timeout: UP_TIMEOUT_MS * 2 }, () => {
  it("start everything once, replace what dies, and leave no process or port behind", async () => {
    await lifeboat("up");
    const first = await processes();
    expect(first.every(({ state }) => state === "healthy")).toBe(true);

    expect(await lifeboat("up")).toContain("already running");
    expect(livePids(await processes())).toEqual(livePids(first));

    const killed = await findRunning(home, "observer");
    if (!killed) throw new Error("the observer is not running");
    signalProcess(killed.identity, "SIGKILL");
    const restarted = await waitFor(
      async () => {
        const found = await findRunning(home, "observer");
        return found?.registration !== undefined && found.identity.pid !== killed.identity.pid && found;
      },
      { what: "the observer to be restarted", timeoutMs: 60_000 },
    );
    expect(restarted.registration?.url).toBe(killed.registration?.url);

    const before = await processes();
    await lifeboat("down");
    await expectNothingLeft(before);
  });

  it("clean up after the supervisor and geocache were killed and another process was frozen", async () => {
    await lifeboat("up");
    const before = await processes();
    for (const [name, signal] of [
      ["supervisor", "SIGKILL"],
      ["geocache", "SIGKILL"],
      ["ledger", "SIGSTOP"],
    ] as const) {
      const found = await findRunning(home, name);
      if (found) signalProcess(found.identity, signal);
      if (found && signal === "SIGKILL") {
        await waitFor(() => !isAlive(found.identity), { what: `${name} to die`, timeoutMs: 5000 });
      }
    }
    await lifeboat("down");
    await expectNothingLeft(before);
  });
});
