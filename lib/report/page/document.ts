/** The frame of every page: its head, its own content policy, contents, sections and foot. */

import { PATTERN_DEFINITIONS } from "./chart.ts";
import { type Html, type HtmlValue, html, htmlText, trustedMarkup } from "./html.ts";
import { type PageSection, renderSection } from "./section.ts";
import { PAGE_STYLE } from "./style.ts";

export interface PageDocument {
  readonly title: string;
  /** Beside the name of the product. */
  readonly subtitle: HtmlValue;
  /** What stands before the contents. */
  readonly opening: HtmlValue;
  readonly sections: readonly PageSection[];
  readonly made: HtmlValue;
}

/** Everything is refused but the page's own style and pictures within it. */
const CONTENT_SECURITY_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/** The whole page as HTML. */
export const renderDocument = ({ title, subtitle, opening, sections, made }: PageDocument): string =>
  `<!doctype html>\n${htmlText(html`<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${CONTENT_SECURITY_POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${trustedMarkup(PAGE_STYLE)}</style>
</head>
<body>
<a class="skip" href="#answer">Go to the answer</a>
${PATTERN_DEFINITIONS}
<header><p class="brand">mfa-warden</p><p class="soft">Audit report · ${subtitle}</p></header>
<main>
${opening}
${contents(sections)}
${sections.map(renderSection)}
</main>
<footer><p>${made}</p></footer>
</body>
</html>`)}\n`;

const contents = (sections: readonly PageSection[]): Html =>
  html`<nav aria-label="Contents"><ul>${sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}</ul></nav>`;
