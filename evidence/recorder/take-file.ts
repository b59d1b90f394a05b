import { randomBytes } from "node:crypto";
import { copyFile, lstat, mkdir, open, rename, rm } from "node:fs/promises";
import path from "node:path";
import { LifeboatError, messageOf } from "../../base/errors.ts";
import { writeFileAtomic } from "../../base/files.ts";
import { sha256Hex } from "../canonical.ts";
import { isCoreFolderPath } from "../layout.ts";
import { digestOf } from "../read-bundle.ts";

type Source = { readonly kind: "text"; readonly text: string } | { readonly kind: "file"; readonly file: string };
type Taken = { readonly path: string; readonly size: number; readonly sha256: string };

/**
 * Takes a file into the bundle. The same content again is a no-op.
 * @throws BAD_INPUT for a path outside the core folders or a source that is no regular file; CONFLICT for other content
 */
export async function takeFile(folder: string, inside: string, source: Source): Promise<Taken> {
  if (!isCoreFolderPath(inside)) {
    throw new LifeboatError("BAD_INPUT", `path: ${inside} is no place for a file of a bundle`, { field: "path" });
  }
  const target = path.join(folder, inside);
  const given = await digestOfSource(source);
  const there = await digestOf(target).catch(() => undefined);
  if (there && there.sha256 !== given.sha256) {
    throw new LifeboatError("CONFLICT", `${inside} is there already with other content`, { field: "path" });
  }
  if (!there) await write(target, source);
  return { path: inside, ...(await digestOf(target)) };
}

async function digestOfSource(source: Source): Promise<{ size: number; sha256: string }> {
  if (source.kind === "text") return { size: Buffer.byteLength(source.text), sha256: sha256Hex(source.text) };
  const status = await lstat(source.file).catch((cause: unknown) => {
    throw new LifeboatError("BAD_INPUT", `source.file: ${messageOf(cause)}`, { field: "source.file", cause });
  });
  if (path.isAbsolute(source.file) && status.isFile()) return digestOf(source.file);
  throw new LifeboatError("BAD_INPUT", "source.file: must be the absolute path of a regular file", {
    field: "source.file",
  });
}

async function write(target: string, source: Source): Promise<void> {
  if (source.kind === "text") return writeFileAtomic(target, source.text);
  await mkdir(path.dirname(target), { recursive: true });
  const temporary = `${target}.${process.pid}.${randomBytes(4).toString("hex")}.tmp`;
  try {
    await copyFile(source.file, temporary);
    const handle = await open(temporary, "r+");
    await handle.sync().finally(() => handle.close());
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
