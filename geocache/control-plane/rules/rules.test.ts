import { glob, readFile } from "node:fs/promises";
import path from "node:path";
import { expect, it } from "vitest";

const geocache = path.join(import.meta.dirname, "../..");
const table = await readFile(path.join(import.meta.dirname, "README.md"), "utf8");
const rows = table.split("\n").flatMap((line) => {
  const [, id, , kind, held, shown] = line.split("|").map((cell) => cell.trim());
  return id !== undefined && /^[AP]\d\d$/.test(id) ? [{ id, kind, held: held ?? "", shown: shown ?? "" }] : [];
});

it("every rule that is kept has a row: P01–P05, P13, P14, P17, P18, P24, P26, P29–P34, P36, P38, P39", () => {
  const wanted = "01 02 03 04 05 13 14 17 18 24 26 29 30 31 32 33 34 36 38 39".split(" ").map((number) => `P${number}`);
  expect(rows.map((row) => row.id).filter((id) => id.startsWith("P"))).toEqual(wanted);
});

it("and so has every rule of active groups: A01–A03, A05–A24, A27–A35", () => {
  const left = new Set(["A04", "A25", "A26"]);
  const all = Array.from({ length: 35 }, (_, at) => `A${String(at + 1).padStart(2, "0")}`);
  expect(rows.map((row) => row.id).filter((id) => id.startsWith("A"))).toEqual(all.filter((id) => !left.has(id)));
});

it.each(rows)("$id is in the name of a test of each suite that the table names", async ({ id, shown }) => {
  for (const suite of shown.split(", ")) {
    const text = await readFile(path.join(geocache, "control-plane/conformance", `${suite}.ts`), "utf8");
    expect(text).toMatch(new RegExp(`\\bit(\\.each\\([^)]*\\))?\\(\\s*"[^"]*\\b${id}\\b[^"]*:`));
  }
});

it("every function that carries a rule's number is in the table, and every one in the table exists", async () => {
  const found = new Set<string>();
  for await (const file of glob(path.join(geocache, "{control-plane/rules,replication/passive}/*.ts"))) {
    const text = await readFile(file, "utf8");
    for (const [, name] of text.matchAll(/^(?:export )?(?:const|function) ([ap]\d\d\w+)/gm)) found.add(name ?? "");
  }
  expect(new Set(table.match(/\b[ap]\d\d\w+/g))).toEqual(found);
});
