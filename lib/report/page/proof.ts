/** The last sections: how to check the page, which files lie beside it, and what made it. */

import { formatCount, formatMoment, type ReportHead, type SweptDirectory } from "../data/index.ts";
import { html, untrustedText } from "./html.ts";
import type { PageSection } from "./section.ts";
import { type Column, renderTable } from "./table.ts";

/** A file beside the page. */
export interface ReportFile {
  readonly file: string;
  readonly purpose: string;
}

/** How to check the page without us. */
export function verifySection(sources: readonly SweptDirectory[]): PageSection {
  const columns: Column<SweptDirectory>[] = [
    { head: "Directory", cell: ({ record }) => record.id },
    { head: "SHA-256 of its manifest", cell: ({ manifestHash }) => html`<span class="mono">${manifestHash}</span>` },
    { head: "Rows", look: "number", cell: ({ manifest }) => formatCount(manifest.read) },
    {
      head: "The manifest before",
      cell: ({ manifest: { previous } }) =>
        previous
          ? html`<span class="mono">${previous.hash}</span><span class="id">run ${previous.run}</span>`
          : "none: this is the first",
    },
  ];
  return {
    id: "verify",
    title: "How to check this",
    lead: "The page is a view. The evidence is the pages as they were read, and the manifests that hold their hashes.",
    body: html`${sources.length === 0 ? html`<p class="note bad">The run left no evidence, so there is nothing to check.</p>` : renderTable(columns, sources, { caption: "Manifests of this run", quiet: true })}
${sources.slice(0, 1).map(signerNote)}
<ol class="plain"><li>Get the evidence: the folders <code>runs/</code> and <code>policies/</code> of the bucket or of the state folder.</li>
<li>Get the public key, or its fingerprint, from somebody you trust, and not from where the evidence lies.</li>
<li>Get the hashes above from somebody else, too: the message that the run ended with has them. This page alone anchors nothing.</li></ol>
<pre tabindex="0" role="region" aria-label="Command"><code>node verify.mjs FOLDER --key PUBLIC_KEY.pem --expect-key FINGERPRINT${sources.length > 0 && ` --expect-head ${sources.map(({ manifestHash }) => manifestHash).join(",")}`}</code></pre>`,
  };
}

const SIGNER_NOTES = {
  "self-signed":
    "It is self-signed: whoever has the state folder can sign again. It shows accidents, not a determined forger.",
  "aws-kms": "The key is kept by AWS KMS, which gives it to nobody.",
} as const;

const signerNote = ({ manifest: { signer } }: SweptDirectory) =>
  html`<p>Signed with the key <span class="mono">${signer.key}</span> (${signer.algorithm}). ${SIGNER_NOTES[signer.label]}</p>`;

/** The files beside the page. Nothing where there are none. */
export function filesSection(files: readonly ReportFile[]): PageSection | undefined {
  if (files.length === 0) return undefined;
  return {
    id: "files",
    title: "Tables",
    lead: "This page shows the worst and the counts. Everybody is in the tables beside it.",
    body: html`<ul class="plain">${files.map(({ file, purpose }) => html`<li><code>${file}</code> ${purpose}</li>`)}</ul>`,
  };
}

/** Who asked for the run, when, by which policy, and where it looked. */
export function runSection(head: ReportHead, sources: readonly SweptDirectory[]): PageSection {
  const { run, mode, status, origin, policy, code, startedAt, endedAt } = head;
  const pair = (name: string, value: unknown) =>
    html`<dt>${name}</dt><dd>${value === undefined ? "–" : untrustedText(String(value))}</dd>`;
  const from = sources.flatMap(({ record, manifest }) =>
    manifest.source ? [`${record.id}: ${manifest.source.tenant} at ${manifest.source.api}`] : [],
  );
  return {
    id: "run",
    title: "The run",
    lead: "Who asked for it, when, by which policy, and where it looked.",
    body: html`<dl class="pairs">${pair("Run", run)}${pair("Status", status)}${pair("Mode", mode)}${pair("Asked for by", `${origin.by}, ${origin.how}`)}${pair("Started", formatMoment(startedAt))}${pair("Ended", endedAt && formatMoment(endedAt))}${pair("Policy", policy)}${pair("Software", code)}${from.map((one) => pair("Looked at", one))}</dl>`,
  };
}
