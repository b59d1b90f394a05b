import { spawn } from "node:child_process";
import { once } from "node:events";

/** Starts a program in a session of its own, which outlives this process. */
export async function startDetached(program: string, argv: string[]): Promise<void> {
  const child = spawn(program, argv, { detached: true, stdio: "ignore" });
  await once(child, "spawn");
  child.unref();
}
