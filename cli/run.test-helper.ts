import type { CliContext } from "./context.ts";
import { runCli } from "./run.ts";

/** Runs a command line in this process; says what a shell would have seen. */
export async function runIn(home: string, ...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const out: string[] = [];
  const err: string[] = [];
  const context: CliContext = {
    home,
    print: (text) => out.push(text),
    say: (text) => err.push(text),
    write: { out: (text) => out.push(text), err: (text) => err.push(text) },
    live: false,
    exitCode: 0,
  };
  const code = await runCli(args, context);
  return { code, out: out.join("\n"), err: err.join("\n") };
}
