import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { LifeboatError } from "../base/errors.ts";
import { writeFileAtomic } from "../base/files.ts";
import { keyIdOf } from "./dsse.ts";

const privateKeyFile = "recorder.key.pem";
const publicKeySuffix = ".pub.pem";

/** What `keys export` writes and `verify --keys` takes: the keys an auditor has chosen to trust. */
export const publicKeysSchema = z.strictObject({
  schema: z.literal("lifeboat/public-keys/1"),
  keys: z.array(
    z.strictObject({ keyid: z.string(), algorithm: z.literal("ecdsa-p256-sha256"), publicKeyPem: z.string() }),
  ),
});
export type PublicKeys = z.infer<typeof publicKeysSchema>;

/** The recorder's signing key (ECDSA P-256), made at first use, readable by the user alone. */
export async function loadOrCreateSigningKey(keysFolder: string): Promise<KeyObject> {
  const file = path.join(keysFolder, privateKeyFile);
  const found = await readFile(file, "utf8").catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new LifeboatError("UNAVAILABLE", `the signing key ${file} cannot be read`, { cause: error });
  });
  const key =
    found === undefined ? generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey : createPrivateKey(found);
  const publicKey = createPublicKey(key);
  if (found === undefined) await writeFileAtomic(file, key.export({ type: "pkcs8", format: "pem" }), 0o600);
  const publicFile = path.join(keysFolder, `${keyIdOf(publicKey)}${publicKeySuffix}`);
  await writeFileAtomic(publicFile, publicKey.export({ type: "spki", format: "pem" }), 0o644);
  return key;
}

/** All public keys in the folder, retired ones included (their `.pub.pem` stays). Makes the key pair if there is none. */
export async function publicKeysDocument(keysFolder: string): Promise<PublicKeys> {
  await loadOrCreateSigningKey(keysFolder);
  const names = (await readdir(keysFolder)).filter((name) => name.endsWith(publicKeySuffix)).toSorted();
  const keys = await Promise.all(
    names.map(async (name) => {
      const publicKeyPem = await readFile(path.join(keysFolder, name), "utf8");
      return { keyid: keyIdOf(createPublicKey(publicKeyPem)), algorithm: "ecdsa-p256-sha256" as const, publicKeyPem };
    }),
  );
  return { schema: "lifeboat/public-keys/1", keys };
}
