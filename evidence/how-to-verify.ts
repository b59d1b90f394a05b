/** VERIFY.md: a recipe that needs openssl and coreutils only, and a public key from outside the bundle. */
export function howToVerify(drillId: string): string {
  return `# How to verify this bundle

Drill \`${drillId}\`. The full check makes measures, verdict and reports anew from the raw files and needs nothing running:

    bin/lifeboat verify DIR --keys trusted-keys.json

Take the keys from whoever ran the drill (\`bin/lifeboat keys export FILE\`), never from a copy that came with the bundle.

With standard tools alone: the public key as \`trusted.pem\` outside the bundle, its path in PUBLIC_KEY, then in
this folder:

\`\`\`sh
set -eu
field() { sed -n 's/.*"'"$1"'":"\\([^"]*\\)".*/\\1/p' attestation.dsse.json; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
field payload | openssl base64 -d -A > "$work/statement.json"
field sig | openssl base64 -d -A > "$work/signature"
type=$(field payloadType)
test "$type" = application/vnd.in-toto+json
size=$(wc -c < "$work/statement.json")
{ printf 'DSSEv1 %d %s %d ' "\${#type}" "$type" "$size"; cat "$work/statement.json"; } > "$work/signed"
openssl dgst -sha256 -verify "$PUBLIC_KEY" -signature "$work/signature" "$work/signed"
for file in manifest.json SHA256SUMS; do
  sum=$(sha256sum "$file" | cut -d' ' -f1)
  grep -q '"digest":{"sha256":"'"$sum"'"},"name":"'"$file"'"' "$work/statement.json"
done
sha256sum --quiet --strict -c SHA256SUMS
echo "signature and all files: good"
\`\`\`

This shows that no listed file was changed since sealing. It does not recompute the figures, and it does not look
for files that were added: \`bin/lifeboat verify\` does both.
`;
}
