import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { identityOf, isAlive, signalProcess } from "./processes.ts";

describe("a process identity", () => {
  it("lives as long as its process and no longer", async () => {
    const child = spawn("sleep", ["30"]);
    await once(child, "spawn");
    const identity = identityOf(child.pid ?? 0);
    expect(identity && isAlive(identity)).toBe(true);
    child.kill("SIGKILL");
    await once(child, "exit");
    expect(identity && isAlive(identity)).toBe(false);
  });

  it("of an earlier process with the same pid is not signalled", async () => {
    const child = spawn("sleep", ["30"]);
    await once(child, "spawn");
    const stale = { pid: child.pid ?? 0, startedAt: "1" };
    expect(signalProcess(stale, "SIGKILL")).toBe(false);
    expect(child.exitCode).toBeNull();
    child.kill("SIGKILL");
    await once(child, "exit");
  });
});
