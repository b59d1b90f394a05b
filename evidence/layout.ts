/** Names inside a bundle (one folder per drill). */
export const files = {
  plan: "plan/scenario.json",
  events: "events.jsonl",
  measures: "measures.json",
  verdict: "verdict.json",
  limits: "limits.json",
  manifest: "manifest.json",
  sums: "SHA256SUMS",
  howToVerify: "VERIFY.md",
  attestation: "attestation.dsse.json",
} as const;

/** Folders whose files belong to the core and may be handed over while the drill runs. */
const coreFolders = [
  "plan",
  "probes",
  "ledger",
  "load",
  "env",
  "membership",
  "commands",
  "temporal",
  "approvals",
  "signals",
  "conflicts",
];
const corePath = new RegExp(`^(?:${coreFolders.join("|")})(?:/[A-Za-z0-9][A-Za-z0-9._-]{0,99}){1,4}$`);
const derivedCore: readonly string[] = [files.events, files.measures, files.verdict, files.limits];

/** Whether a path may be written by `putFile`: below a core folder, without `..`, hidden names or odd letters. */
export function isCoreFolderPath(path: string): boolean {
  return corePath.test(path) && !path.includes("..");
}

/** Whether the manifest lists the file. Views (reports) and the seal's own files are listed elsewhere. */
export function isCore(path: string): boolean {
  return isCoreFolderPath(path) || derivedCore.includes(path);
}

const drillIdPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,79}$/;
export function isDrillId(id: string): boolean {
  return drillIdPattern.test(id) && !id.includes("..");
}
