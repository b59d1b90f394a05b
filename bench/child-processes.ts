import { spawn, type ChildProcess } from "node:child_process";
import { LifeboatError } from "../base/errors.ts";
import { withTimeout } from "../base/waits.ts";

type Command = {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
};
export type Output = { readonly code: number | null; readonly stdout: string; readonly stderr: string };

/** Processes of one benchmark. */
export type ChildProcesses = {
  /** Starts a server; its output goes nowhere. Returns its pid. */
  start(command: Command): number;
  /** Runs a program to its end. @throws TIMED_OUT, TOOL_MISSING */
  run(command: Command, timeoutMs: number): Promise<Output>;
  /** Ends by pid whatever still runs. */
  endAll(): Promise<void>;
};

export function createChildProcesses(): ChildProcesses {
  const running = new Set<ChildProcess>();
  const launch = ({ program, args, env = {} }: Command, stdio: "ignore" | "pipe"): ChildProcess => {
    const child = spawn(program, [...args], { stdio: ["ignore", stdio, stdio], env: { ...process.env, ...env } });
    running.add(child);
    child.once("close", () => running.delete(child)).once("error", () => running.delete(child));
    return child;
  };
  return {
    start(command) {
      const child = launch(command, "ignore");
      if (child.pid === undefined) throw new LifeboatError("TOOL_MISSING", `${command.program} cannot be started`);
      return child.pid;
    },
    run(command, timeoutMs) {
      const child = launch(command, "pipe");
      return withTimeout(outputOf(child, command.program), timeoutMs, command.program).finally(() => child.kill());
    },
    async endAll() {
      await Promise.all([...running].map(end));
    },
  };
}

function outputOf(child: ChildProcess, program: string): Promise<Output> {
  let stdout = "";
  let stderr = "";
  child.stdout?.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.once("error", (cause) => {
      reject(new LifeboatError("TOOL_MISSING", `${program} cannot be started`, { cause }));
    });
    child.once("close", (code) => resolve({ code, stdout, stderr }));
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("close", resolve));
  child.kill("SIGKILL");
  await gone;
}
