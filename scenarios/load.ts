import { createHash } from "node:crypto";
import { readdir, stat } from "node:fs/promises";
import { readFile } from "node:fs/promises";
import path from "node:path";
import canonicalize from "canonicalize";
import { parseDocument } from "yaml";
import { LifeboatError, messageOf } from "../base/errors.ts";
import { explainIssue } from "./explain.ts";
import { checkReferences } from "./references.ts";
import { scenarioSchema, type Scenario } from "./schema.ts";

const MAX_BYTES = 256 * 1024;
const builtInFolder = import.meta.dirname;

export type LoadedScenario = {
  readonly scenario: Scenario;
  /** Canonical JSON (RFC 8785): what is hashed, approved and drilled. */
  readonly canonical: string;
  readonly sha256: string;
};

/** The names of the scenarios that ship with Lifeboat. */
export async function listScenarios(): Promise<string[]> {
  const files = await readdir(builtInFolder);
  return files
    .filter((file) => file.endsWith(".yaml"))
    .map((file) => file.slice(0, -".yaml".length))
    .toSorted();
}

/**
 * Loads a built-in scenario by name or one's own by path.
 * @throws BAD_INPUT naming the field and what would be right; nothing has been started by then.
 */
export async function loadScenario(nameOrFile: string): Promise<LoadedScenario> {
  const file = await resolveScenario(nameOrFile);
  const { size } = await stat(file);
  if (size > MAX_BYTES) {
    throw new LifeboatError("BAD_INPUT", `${nameOrFile} has ${size} bytes; a scenario has at most ${MAX_BYTES}`);
  }
  return parseScenario(await readFile(file, "utf8"));
}

async function resolveScenario(nameOrFile: string): Promise<string> {
  if ((await listScenarios()).includes(nameOrFile)) return path.join(builtInFolder, `${nameOrFile}.yaml`);
  const file = path.resolve(nameOrFile);
  const found = await stat(file).catch(() => undefined);
  if (found?.isFile()) return file;
  const known = (await listScenarios()).join(", ");
  throw new LifeboatError("BAD_INPUT", `there is no scenario or file "${nameOrFile}"; built in are: ${known}`, {
    field: "SCENARIO",
    hint: "bin/lifeboat scenario list",
  });
}

/** Parses and checks a scenario's text. @throws BAD_INPUT for the first thing that is not right. */
export function parseScenario(text: string): LoadedScenario {
  if (Buffer.byteLength(text) > MAX_BYTES) {
    throw new LifeboatError("BAD_INPUT", `the scenario is larger than ${MAX_BYTES} bytes`);
  }
  return hashScenario(checkScenario(readYaml(text)));
}

/** YAML without aliases: a scenario has no use for them, and they can make a small file huge. */
function readYaml(text: string): unknown {
  try {
    const document = parseDocument(text, { strict: true, uniqueKeys: true });
    const problem = document.errors[0];
    if (problem) throw new LifeboatError("BAD_INPUT", `not valid YAML: ${problem.message.split("\n")[0]}`);
    return document.toJS({ maxAliasCount: 0 });
  } catch (error) {
    if (error instanceof LifeboatError) throw error;
    throw new LifeboatError("BAD_INPUT", `not usable YAML: ${messageOf(error)} (aliases are not allowed)`);
  }
}

function checkScenario(value: unknown): Scenario {
  const parsed = scenarioSchema.safeParse(value);
  if (!parsed.success) {
    const { field, message } = explainIssue(parsed.error.issues[0], value);
    throw new LifeboatError("BAD_INPUT", `${field}: ${message}`, { field });
  }
  checkReferences(parsed.data);
  return parsed.data;
}

function hashScenario(scenario: Scenario): LoadedScenario {
  const canonical = canonicalize(scenario) ?? "";
  return { scenario, canonical, sha256: createHash("sha256").update(canonical).digest("hex") };
}
