import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createNdjsonGzWriter, readNdjsonLines } from "./ndjson.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "lifeboat-ndjson-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function writeFlushes(file: string, flushes: number): Promise<unknown[]> {
  const writer = await createNdjsonGzWriter(file);
  const lines: unknown[] = [];
  for (let flush = 0; flush < flushes; flush += 1) {
    for (let n = 0; n < 3; n += 1) {
      const line = [flush, n, "ok", null, "é".repeat(n)];
      lines.push(line);
      writer.write(line);
    }
    await writer.flush();
  }
  await writer.close();
  return lines;
}

describe("a gzipped NDJSON file", () => {
  it("gives back every line that was written, over many flushes", async () => {
    const file = path.join(folder, "whole.ndjson.gz");
    const lines = await writeFlushes(file, 400);
    expect(await readNdjsonLines(file)).toEqual(lines);
  });

  it("cut off at any byte gives a prefix of its lines", async () => {
    const file = path.join(folder, "cut.ndjson.gz");
    const lines = await writeFlushes(file, 3);
    const bytes = await readFile(file);
    const cut = path.join(folder, "cut-off.ndjson.gz");
    let longest = 0;
    for (let size = 0; size <= bytes.length; size += 1) {
      await writeFile(cut, bytes.subarray(0, size));
      const found = await readNdjsonLines(cut);
      expect(found).toEqual(lines.slice(0, found.length));
      expect(found.length).toBeGreaterThanOrEqual(longest);
      longest = found.length;
    }
    expect(longest).toBe(lines.length);
  });

  it("is continued after a crash cut off its tail", async () => {
    const file = path.join(folder, "continued.ndjson.gz");
    const lines = await writeFlushes(file, 2);
    const bytes = await readFile(file);
    await writeFile(file, bytes.subarray(0, bytes.length - 5));
    const writer = await createNdjsonGzWriter(file);
    writer.write(["after"]);
    await writer.close();
    const found = await readNdjsonLines(file);
    expect(found.at(-1)).toEqual(["after"]);
    expect(found.slice(0, -1)).toEqual(lines.slice(0, found.length - 1));
    expect(found.length).toBeGreaterThan(3);
  });

  it("is read as plain text without the .gz ending, ignoring an incomplete last line", async () => {
    const file = path.join(folder, "plain.ndjson");
    await writeFile(file, '{"a":1}\n[2]\n[3,');
    expect(await readNdjsonLines(file)).toEqual([{ a: 1 }, [2]]);
  });
});
