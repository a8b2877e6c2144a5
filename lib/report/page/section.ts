/** What a section of the page is, and what the sections are made from. */

import type { Policy } from "../../policy/index.ts";
import type { Coverage, Remediation, ReportHead, ReportRow, Summary } from "../data/index.ts";
import { type Html, type HtmlValue, html } from "./html.ts";

/** What the sections are made from. */
export interface PageContext {
  readonly head: ReportHead;
  readonly summary: Summary;
  readonly coverage: Coverage;
  /** What the run was judged by; absent where it is not kept. */
  readonly policy?: Policy | undefined;
  readonly remediationOf: (row: ReportRow) => Remediation;
}

export interface PageSection {
  readonly id: string;
  /** Also its line in the contents. */
  readonly title: string;
  readonly lead: HtmlValue;
  readonly body: HtmlValue;
}

/** A section with its heading. */
export const renderSection = ({ id, title, lead, body }: PageSection): Html =>
  html`<section class="part" id="${id}" aria-labelledby="${id}-title"><hgroup><h2 id="${id}-title">${title}</h2><p>${lead}</p></hgroup><div>${body}</div></section>`;

/** What one of the population is called: where there are profiles, not all are accounts. */
export const subjectNoun = ({ profiles }: Summary): string => (profiles.count > 0 ? "subject" : "account");
