import { runCli } from "./run.ts";

const LINGER_MS = 2000;

process.exitCode = await runCli(process.argv.slice(2));
// A connection that does not close must not keep a finished command alive.
setTimeout(() => process.exit(), LINGER_MS).unref();
