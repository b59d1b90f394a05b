import { X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { newSecret } from "../../base/ids.ts";
import { writeFileAtomic } from "../../base/files.ts";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;
const YEAR_MS = 365 * 86_400_000;
const CLOCK_SKEW_MS = 3_600_000;

export type ServerCertificate = { readonly certPem: string; readonly keyPem: string };

/** What clients must trust: `<home>/ca/ca.pem`. */
export function caFile(home: string): string {
  return path.join(home, "ca", "ca.pem");
}

/**
 * The certificate of the ARM endpoint, for `localhost` and 127.0.0.1, signed by an authority made for this home.
 * Made at the first start and again when it is about to end. The authority's own key is not kept.
 */
export async function loadOrCreateCertificate(home: string): Promise<ServerCertificate> {
  const certFile = path.join(home, "ca", "server.pem");
  const keyFile = path.join(home, "ca", "server.key");
  const found = await Promise.all([certFile, keyFile, caFile(home)].map(readIfThere));
  const [certPem, keyPem, caPem] = found;
  if (certPem && keyPem && caPem && isUsable(certPem, caPem)) return { certPem, keyPem };
  const made = await createChain();
  await writeFileAtomic(caFile(home), made.caPem, 0o644);
  await writeFileAtomic(keyFile, made.keyPem, 0o600);
  await writeFileAtomic(certFile, made.certPem, 0o644);
  return made;
}

/** A crash between two of the writes leaves parts that do not belong together. */
function isUsable(certPem: string, caPem: string): boolean {
  const certificate = new X509Certificate(certPem);
  const endsMs = Date.parse(certificate.validTo);
  return certificate.verify(new X509Certificate(caPem).publicKey) && endsMs - Date.now() > 30 * 86_400_000;
}

async function createChain(): Promise<ServerCertificate & { caPem: string }> {
  const caKeys = await crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const validity = { notBefore: new Date(Date.now() - CLOCK_SKEW_MS), notAfter: new Date(Date.now() + YEAR_MS) };
  const issuer = `CN=Lifeboat local authority ${newSecret().slice(0, 8)}`;
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    name: issuer,
    keys: caKeys,
    signingAlgorithm: ALGORITHM,
    ...validity,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(caKeys.publicKey),
    ],
  });
  const cert = await x509.X509CertificateGenerator.create({
    subject: "CN=localhost",
    issuer,
    publicKey: keys.publicKey,
    signingKey: caKeys.privateKey,
    signingAlgorithm: ALGORITHM,
    ...validity,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([
        { type: "dns", value: "localhost" },
        { type: "ip", value: "127.0.0.1" },
      ]),
      await x509.AuthorityKeyIdentifierExtension.create(caKeys.publicKey),
    ],
  });
  const pkcs8 = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  return {
    caPem: `${ca.toString("pem")}\n`,
    certPem: `${cert.toString("pem")}\n`,
    keyPem: `${x509.PemConverter.encode(pkcs8, "PRIVATE KEY")}\n`,
  };
}

async function readIfThere(file: string): Promise<string | undefined> {
  return await readFile(file, "utf8").catch(() => undefined);
}
