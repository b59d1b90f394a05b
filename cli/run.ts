import { CommanderError } from "commander";
import { errorCatalogue, isLifeboatError, messageOf, type LifeboatError } from "../base/errors.ts";
import { homeFolder } from "../base/paths.ts";
import { exitCodes, type CliContext } from "./context.ts";
import { createProgram } from "./program.ts";

/** Runs one command line and returns its exit code. Nothing it meets gets past here. */
export async function runCli(args: readonly string[], context: CliContext = createContext()): Promise<number> {
  try {
    await createProgram(context).parseAsync([...args], { from: "user" });
    return context.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.pass : exitCodes.badInput;
    if (isLifeboatError(error)) return explain(error, context);
    context.say(`lifeboat: a defect of ours: ${messageOf(error)}`);
    if (error instanceof Error && error.stack) context.say(error.stack);
    return exitCodes.defect;
  }
}

function createContext(): CliContext {
  const plain = process.env["NO_COLOR"] !== undefined || process.env["CI"] !== undefined;
  return {
    home: homeFolder(),
    print: (text) => void process.stdout.write(`${text}\n`),
    say: (text) => void process.stderr.write(`${text}\n`),
    write: {
      out: (text) => void process.stdout.write(text),
      err: (text) => void process.stderr.write(text),
    },
    live: process.stderr.isTTY === true && process.env["TERM"] !== "dumb" && !plain,
    exitCode: exitCodes.pass,
  };
}

/** A user's mistake or a missing thing in one or two sentences, without a stack. */
function explain(error: LifeboatError, context: CliContext): number {
  const named = error.field === undefined || error.message.includes(error.field);
  context.say(`lifeboat: ${named ? "" : `${error.field}: `}${error.message}`);
  if (error.hint !== undefined) context.say(`what would help: ${error.hint}`);
  return errorCatalogue[error.code].exitCode;
}
