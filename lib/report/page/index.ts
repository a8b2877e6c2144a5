/** One run as one HTML file: nothing is fetched, no script runs, and whatever came from outside stays text. */

import type { Framework } from "../controls/index.ts";
import type { Compared } from "../data/comparison.ts";
import { coverageOf } from "../data/coverage.ts";
import type { Departed } from "../data/departed.ts";
import type { Gathered } from "../data/gather.ts";
import type { ReportHead } from "../data/model.ts";
import { doings } from "../data/remediation.ts";
import type { Listed, Summary } from "../data/summary.ts";
import { moment } from "../data/wording.ts";
import { alarm, answer, type Grounds, past } from "./answer.ts";
import { PATTERNS } from "./chart.ts";
import { differencePart } from "./difference.ts";
import { foreign, type Html, html, toText, trusted } from "./html.ts";
import { coveragePart, directoriesPart, type Part, rulesPart, section, trendPart } from "./parts.ts";
import { changesPart, exceptionsPart, incompletePart, openPart, otherSubjectsPart } from "./people.ts";
import { controlsPart, departedPart, filesPart, type Nearby, runPart, verifyPart } from "./proof.ts";
import { STYLE } from "./style.ts";

export interface PageInput extends Pick<Gathered, "head" | "sources" | "policy" | "trend"> {
  readonly summary: Summary;
  readonly departed: Departed;
  /** What the evidence speaks to; absent: the page says nothing of controls. */
  readonly controls?: readonly Framework[];
  /** What changed since the run before, or why that cannot be said; absent: the page says nothing of it. */
  readonly compared?: Compared;
  /** Files that were written with the page. */
  readonly files: readonly Nearby[];
}

/** Everything is refused but the page's own style and pictures within it. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/** The names in lists may be as long and as odd as people make them: the page gets shorter before it gets larger than this. */
const MOST_BYTES = 1_900_000;
const LISTED = [200, 60, 20];

export function page(input: PageInput): string {
  let text = "";
  for (const most of LISTED) {
    text = render({ ...input, ...shortened(input, most) }, most);
    if (Buffer.byteLength(text) <= MOST_BYTES) break;
  }
  return text;
}

function shortened({ summary, departed }: PageInput, most: number): Pick<PageInput, "summary" | "departed"> {
  const cut = <T>({ count, first }: Listed<T>): Listed<T> => ({ count, first: first.slice(0, most) });
  const { open, changes, exempt, custodial, profiles } = summary;
  const lists = {
    open: cut(open),
    changes: cut(changes),
    exempt: cut(exempt),
    custodial: cut(custodial),
    profiles: cut(profiles),
  };
  return {
    summary: { ...summary, ...lists },
    departed: { ...departed, first: departed.first.slice(0, most) },
  };
}

function render(input: PageInput, most: number): string {
  const { head, summary } = input;
  const expected = [...new Set([...head.directories.map(({ id }) => id), ...missing(input)])];
  const grounds: Grounds = {
    head,
    summary,
    coverage: coverageOf(summary.counts, head.directories, expected),
    doing: doings(head, input.policy),
  };
  const parts = partsOf(input, grounds, most);
  return `<!doctype html>\n${toText(html`<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>${titleOf(grounds)}</title>
<style>${trusted(STYLE)}</style>
</head>
<body>
<a class="skip" href="#answer">Go to the answer</a>
${PATTERNS}
<header><p class="brand">mfa-warden</p><p class="soft">Audit report · ${ofWhat(head)}</p></header>
<main>
${alarm(head)}
${past(head)}
${answer(grounds)}
${contents(parts)}
${parts.map(section)}
</main>
<footer><p>Made ${moment(head.madeAt)} by ${foreign(head.code)}. Times are UTC.</p></footer>
</body>
</html>`)}\n`;
}

const titleOf = ({ head: { incomplete, run, day } }: Grounds) =>
  `${incomplete.length > 0 ? "INCOMPLETE: " : ""}MFA audit report, ${day === undefined ? `run ${run}` : `as of ${day}`}`;

const ofWhat = ({ run, day, endedAt, startedAt }: ReportHead): Html =>
  day === undefined ? html`${moment(endedAt ?? startedAt)} · run <span class="mono">${run}</span>` : html`as of ${day}`;

/** Directories that the run says nothing of. */
const missing = ({ head }: PageInput) => head.incomplete.flatMap(({ directory }) => directory ?? []);

const contents = (parts: readonly Part[]): Html =>
  html`<nav aria-label="Contents"><ul>${parts.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}</ul></nav>`;

function partsOf(input: PageInput, grounds: Grounds, most: number): Part[] {
  const parts = [
    coveragePart(grounds),
    openPart(grounds),
    input.compared && differencePart(input.compared, { most, timezone: input.policy?.timezone ?? "UTC" }),
    trendPart(input.trend),
    directoriesPart(grounds),
    rulesPart(grounds),
    changesPart(grounds),
    exceptionsPart(grounds),
    incompletePart(grounds),
    departedPart(input.departed),
    otherSubjectsPart(grounds),
    input.controls && controlsPart(input.controls, input.summary.rules),
    verifyPart(input.sources),
    filesPart(input.files),
    runPart(input.head, input.sources),
  ];
  return parts.filter((part) => part !== undefined);
}
