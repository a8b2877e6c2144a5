/** The last parts of the page: who is gone, which controls it speaks to, how to check it, and what made it. */

import type { ControlEntry, Framework } from "../controls/index.ts";
import {
  type DepartedSubject,
  type DepartedSummary,
  formatCount,
  formatMoment,
  pluralize,
  type ReportHead,
  type Summary,
  type SweptDirectory,
  sumCounts,
} from "../data/index.ts";
import { html, untrustedText } from "./html.ts";
import type { PageSection } from "./parts.ts";
import { type Column, renderLongTable, renderTable, subjectCell } from "./table.ts";

/** A file beside the page. */
export interface ReportFile {
  readonly file: string;
  readonly purpose: string;
}

export function departedSection({ confirmed, unconfirmed, first }: DepartedSummary): PageSection {
  const columns: Column<DepartedSubject>[] = [
    { head: "Account", cell: subjectCell },
    { head: "Last verdict", cell: ({ verdict }) => verdict },
    {
      head: "Confirmed",
      cell: ({ how }) =>
        how === "confirmed" ? "the vendor says that it is gone" : "not listed any more; not asked for one by one",
    },
  ];
  const all = confirmed + unconfirmed;
  return {
    id: "departed",
    title: "Departed",
    lead: "In the last whole population before this run, and not in this one.",
    body:
      all === 0
        ? html`<p>Nobody.</p>`
        : html`<p>${pluralize(all, "account")}: ${formatCount(confirmed)} confirmed one by one, ${formatCount(unconfirmed)} not listed any more.</p>${first.length > 0 && renderLongTable(columns, { count: all, first }, { caption: "Departed accounts", quiet: true, elsewhere: "are not named here; the evidence of the run before has them" })}`,
  };
}

/** One control, with the framework it is of. */
type Claimed = ControlEntry & Pick<Framework, "framework" | "version">;

/** @param rules what this run judged by, and what came of it: only claims that rest on that are shown */
export function controlsSection(frameworks: readonly Framework[], rules: Summary["rules"]): PageSection {
  const judged = new Set(rules.flatMap(({ requirement }) => requirement ?? []));
  const claims = frameworks.flatMap(({ framework, version, controls }) =>
    controls
      .filter(({ needs }) => needs.some((basis) => basis === "record" || judged.has(basis)))
      .map((one): Claimed => ({ ...one, framework, version })),
  );
  const columns: Column<Claimed>[] = [
    {
      head: "Control",
      cell: ({ id, framework, version }) => html`${id}<span class="id">${framework} ${version}</span>`,
    },
    { head: "Coverage", cell: ({ coverage }) => html`<span class="tag">${coverage}</span>` },
    { head: "Shown of", look: "number", cell: (claim) => shownOf(claim, rules) },
    { head: "What that shows", cell: ({ rationale }) => rationale },
  ];
  return {
    id: "controls",
    title: "Controls",
    lead: "What this evidence speaks to, and how far: it shows a control in full, in part, or it helps to judge it. Each line holds for the subjects that it is shown of, and for no others.",
    body: renderLongTable(columns, { count: claims.length, first: claims }, { caption: "Control map", quiet: true }),
  };
}

/** Of those in scope who were judged by what the claim rests on. */
function shownOf({ needs }: Claimed, rules: Summary["rules"]): string {
  if (needs.includes("record")) return "the record";
  const counted = rules.filter(({ requirement }) => needs.some((basis) => basis === requirement));
  const sum = (of: (counts: Summary["counts"]) => number) => counted.reduce((n, { counts }) => n + of(counts), 0);
  return `${formatCount(sum(({ compliant }) => compliant))} of ${formatCount(sum((counts) => sumCounts(counts) - counts["out-of-scope"]))}`;
}

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

export function filesSection(files: readonly ReportFile[]): PageSection | undefined {
  if (files.length === 0) return undefined;
  return {
    id: "files",
    title: "Tables",
    lead: "This page shows the worst and the counts. Everybody is in the tables beside it.",
    body: html`<ul class="plain">${files.map(({ file, purpose }) => html`<li><code>${file}</code> ${purpose}</li>`)}</ul>`,
  };
}

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
