import { sha256Hex } from "../canonical.ts";
import { files, isCore } from "../layout.ts";
import { sumsOf, type Manifest, type Statement } from "../manifest.ts";
import type { Problem } from "../read-bundle.ts";

/** What lies in the folder, by path. */
export type ActualFiles = ReadonlyMap<string, { readonly size: number; readonly sha256: string }>;
type Sealed = { readonly path: string; readonly sha256: string; readonly size?: number };

/** Every file there is listed once with its digest and size, and every listed file is there. */
export function checkFiles(actual: ActualFiles, statement: Statement, manifest: Manifest): Problem[] {
  const sealed: Sealed[] = [
    ...manifest.files,
    ...statement.subject.map((one) => ({ path: one.name, sha256: one.digest.sha256 })),
  ];
  const strangers = manifest.files.filter((file) => !isCore(file.path));
  return [
    ...strangers.map((file) => ({ file: file.path, problem: "does not belong into a manifest" })),
    ...listedTwice(sealed),
    ...notCovered(sealed),
    ...sealed.flatMap((file) => differences(file, actual)),
    ...unlisted(sealed, actual),
    ...checkSums(sealed, actual),
  ];
}

/** Names that a file system without upper and lower case would take for one are one. */
function listedTwice(sealed: readonly Sealed[]): Problem[] {
  const seen = new Set<string>();
  return sealed.flatMap(({ path }) => {
    const name = path.normalize("NFC").toLowerCase();
    if (seen.has(name)) return [{ file: path, problem: "is listed twice" }];
    seen.add(name);
    return [];
  });
}

function notCovered(sealed: readonly Sealed[]): Problem[] {
  const paths = new Set(sealed.map((file) => file.path));
  const needed = [files.manifest, files.sums, files.howToVerify, files.events];
  return needed.filter((name) => !paths.has(name)).map((file) => ({ file, problem: "is not covered by the seal" }));
}

function differences({ path: file, sha256, size }: Sealed, actual: ActualFiles): Problem[] {
  const found = actual.get(file);
  if (!found) return [{ file, problem: "is missing" }];
  if (found.sha256 !== sha256) return [{ file, problem: "was changed: its sha256 is not the sealed one" }];
  return size === undefined || size === found.size
    ? []
    : [{ file, problem: "has another size than the manifest says" }];
}

function unlisted(sealed: readonly Sealed[], actual: ActualFiles): Problem[] {
  const paths = new Set([...sealed.map((file) => file.path), files.attestation]);
  return [...actual.keys()]
    .filter((name) => !paths.has(name))
    .map((file) => ({ file, problem: "does not belong to the bundle" }));
}

function checkSums(sealed: readonly Sealed[], actual: ActualFiles): Problem[] {
  const due = sha256Hex(sumsOf(sealed.filter((file) => file.path !== files.sums)));
  return actual.get(files.sums)?.sha256 === due
    ? []
    : [{ file: files.sums, problem: "does not list the sealed files" }];
}
