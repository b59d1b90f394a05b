import { createPublicKey, sign, verify, type KeyObject } from "node:crypto";
import { z } from "zod";
import { canonicalJson, sha256Hex } from "./canonical.ts";

/** A plain DSSE envelope (secure-systems-lab/dsse) with one ECDSA P-256/SHA-256 signature. */
const envelopeSchema = z.strictObject({
  payload: z.base64(),
  payloadType: z.string(),
  signatures: z.array(z.strictObject({ keyid: z.string(), sig: z.base64() })).length(1),
});

const PAYLOAD_TYPE = "application/vnd.in-toto+json";

/** DSSE's pre-authentication encoding: the signature covers the type as well as the bytes. */
function encodingOf(payloadType: string, payload: Uint8Array): Buffer {
  const head = `DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${payload.length} `;
  return Buffer.concat([Buffer.from(head), payload]);
}

/** sha256 of the key's SPKI DER form. Only a hint in envelopes: trust comes from the verifier's own key list. */
export function keyIdOf(publicKey: KeyObject): string {
  return sha256Hex(publicKey.export({ type: "spki", format: "der" }));
}

/** The envelope around a JSON statement, in canonical form. */
export function signStatement(statement: unknown, privateKey: KeyObject): string {
  const payload = Buffer.from(canonicalJson(statement));
  const signature = sign("sha256", encodingOf(PAYLOAD_TYPE, payload), privateKey);
  const keyid = keyIdOf(createPublicKey(privateKey));
  return canonicalJson({
    payload: payload.toString("base64"),
    payloadType: PAYLOAD_TYPE,
    signatures: [{ keyid, sig: signature.toString("base64") }],
  });
}

/** The signed statement, or in words why the envelope is not to be trusted. */
export function openEnvelope(text: string, keys: readonly KeyObject[]): { statement: unknown } | { problem: string } {
  let envelope: z.infer<typeof envelopeSchema>;
  try {
    envelope = envelopeSchema.parse(JSON.parse(text));
  } catch {
    return { problem: "is not a DSSE envelope with one signature" };
  }
  const signature = envelope.signatures[0];
  if (!signature || !isCanonicalEnvelope(envelope, text)) return { problem: "is not in canonical form" };
  if (envelope.payloadType !== PAYLOAD_TYPE) return { problem: `has the payload type ${envelope.payloadType}` };
  const payload = Buffer.from(envelope.payload, "base64");
  const signed = encodingOf(envelope.payloadType, payload);
  const signer = keys.find((key) => verify("sha256", signed, key, Buffer.from(signature.sig, "base64")));
  if (!signer) return { problem: "is not signed by any of the trusted keys" };
  if (signature.keyid !== keyIdOf(signer)) return { problem: "names another key than the one that signed it" };
  return { statement: JSON.parse(payload.toString("utf8")) };
}

/** One envelope has one form, base64 padding bits included: else bytes could change and nobody would notice. */
function isCanonicalEnvelope(envelope: z.infer<typeof envelopeSchema>, text: string): boolean {
  const again = (base64: string): string => Buffer.from(base64, "base64").toString("base64");
  return (
    canonicalJson({
      payload: again(envelope.payload),
      payloadType: envelope.payloadType,
      signatures: envelope.signatures.map((one) => ({ keyid: one.keyid, sig: again(one.sig) })),
    }) === text
  );
}
