import { spawnSync } from "node:child_process";
import path from "node:path";

/** Everything a machine can see without running the product: types, lint, borders, formatting, dead exports. */
const root = path.resolve(import.meta.dirname, "..");
const bin = (name: string): string => path.join(root, "node_modules", ".bin", name);

const checks = [
  { what: "types", command: [bin("tsc"), "-p", "."] },
  { what: "types of the k6 scripts", command: [bin("tsc"), "-p", "load"] },
  { what: "lint and borders", command: [bin("oxlint"), "--type-aware", "--deny-warnings"] },
  { what: "formatting", command: [bin("oxfmt"), "--check", "."] },
  { what: "dead files, exports and dependencies", command: [bin("knip")] },
];

const failed = checks.filter(({ what, command: [program = "", ...args] }) => {
  const { status } = spawnSync(program, args, { cwd: root, stdio: "inherit" });
  process.stdout.write(`check: ${what}: ${status === 0 ? "good" : "NOT GOOD"}\n`);
  return status !== 0;
});
process.exitCode = failed.length === 0 ? 0 : 1;
