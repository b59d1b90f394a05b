import { formatBytes } from "../../../evidence/format.ts";
import { html, type Markup } from "../markup.ts";
import type { PageInput } from "../page.ts";
import { dataTable, nothing } from "../parts.ts";

/** How a doubter checks this bundle. Fixed text: commands to copy never contain a name from the bundle. */
export function verifying({ view }: PageInput): Markup {
  return html`<p>
      No figure is taken from this page: the verifier makes it anew and compares. Get the public keys from someone you
      trust, not from the bundle, then run in the folder that holds this page:
    </p>
    <pre><code>lifeboat verify . --keys FILE
sha256sum --check SHA256SUMS
sha256sum manifest.json</code></pre>
    <p>
      The first command checks the seal and every file, computes measures, verdict and this page again from the raw
      files and compares. The last one must print
    </p>
    <p><code class="hash">${view.manifestSha256}</code></p>
    <p>How to check the signature with openssl alone is in VERIFY.md.</p>`;
}

export function files({ view, caps }: PageInput): Markup {
  if (view.files.length === 0) return nothing("The manifest lists no file.");
  return dataTable({
    caption: "Files covered by the seal",
    columns: [
      { head: "File", kind: "head", cell: (row) => row.path },
      { head: "Size", kind: "number", cell: (row) => formatBytes(row.size) },
      { head: "sha256", cell: (row) => html`<code class="hash">${row.sha256.slice(0, 64)}</code>` },
    ],
    rows: view.files,
    allIn: "manifest.json",
    caps,
  });
}
