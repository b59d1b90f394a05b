import { spawn } from "node:child_process";

/** Runs a command to its end, its output on stderr. Resolves to whether it succeeded; bounded in time. */
export function succeeds(command, args, { env = process.env, timeoutMs = 900_000, cwd } = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, { env, cwd, stdio: ["ignore", 2, 2], timeout: timeoutMs });
    child.on("error", () => resolve(false));
    child.on("exit", (code) => resolve(code === 0));
  });
}

/** Replaces this process as far as Node can: same streams, signals passed on, same exit code. */
export function become(command, args, { env = process.env, cwd } = {}) {
  const child = spawn(command, args, { env, cwd, stdio: "inherit" });
  // The terminal sends Ctrl-C to the whole group: the child decides, and this process must outlive it.
  process.on("SIGINT", () => {});
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  return new Promise((resolve) => {
    child.on("error", () => resolve(69));
    child.on("exit", (code, signal) => resolve(code ?? (signal === "SIGINT" ? 130 : 143)));
  });
}
