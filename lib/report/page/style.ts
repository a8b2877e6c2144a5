/** How the page looks: on paper and on a screen, light and dark, wide and narrow. */

const LIGHT_COLOURS = `
  --paper: #fbfaf7; --sheet: #ffffff; --ink: #1b1d21; --soft: #565a62; --line: #e3dfd6; --faint: #f2efe8;
  --link: #1f4f7a; --focus: #1f4f7a;
  --compliant: #2c6e5b; --pending: #4a7fa8; --grace: #7da3c4; --exempt: #b5852b; --violating: #ad3b2b;
  --unknown: #7a5b8f; --outside: #c9c4b8; --unread: #8a6d3b;
  --good-wash: #eef4f0; --some-wash: #f8f2e4; --bad-wash: #faeeea; --good: #245b4b; --some: #74530f; --bad: #93301f;
`;
const DARK_COLOURS = `
  --paper: #131519; --sheet: #1a1d22; --ink: #eae7e0; --soft: #a9abb1; --line: #30343b; --faint: #20242a;
  --link: #9cc4e8; --focus: #9cc4e8;
  --compliant: #5fae95; --pending: #7fb2d9; --grace: #54799b; --exempt: #d9ae5c; --violating: #e2806f;
  --unknown: #b497c9; --outside: #4b4f57; --unread: #c6a35f;
  --good-wash: #18241f; --some-wash: #292313; --bad-wash: #2d1b17; --good: #86c9b2; --some: #e3bf74; --bad: #f0a090;
`;

export const PAGE_STYLE = `
:root { color-scheme: light dark; ${LIGHT_COLOURS} }
@media (prefers-color-scheme: dark) { :root { ${DARK_COLOURS} } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 400 1rem/1.55 "Inter", "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", Arial, system-ui, sans-serif;
  font-variant-numeric: tabular-nums; overflow-wrap: break-word;
}
h1, h2, .figure { font-family: "Iowan Old Style", "Palatino Linotype", Palatino, "URW Palladio L", P052, "Book Antiqua", Georgia, "Liberation Serif", serif; font-weight: 500; }
p, dl, ul, ol, h1, h2, h3 { margin: 0; }
a { color: var(--link); text-underline-offset: .18em; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 3px; border-radius: 2px; }
code, .mono { font: .86em/1.5 ui-monospace, "SF Mono", "Cascadia Mono", "DejaVu Sans Mono", "Liberation Mono", monospace; }
bdi, .mono, pre, .facts dd { overflow-wrap: anywhere; }
.skip { position: absolute; left: -100vw; }
.skip:focus { left: 1rem; top: 1rem; background: var(--sheet); padding: .5rem 1rem; z-index: 1; }
.hidden { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.soft { color: var(--soft); }
.paper { display: none; }
.whole { white-space: nowrap; }
.number { text-align: right; white-space: nowrap; }

header, main, footer { max-width: 76rem; margin-inline: auto; padding-inline: clamp(1.1rem, 4vw, 3rem); }
header { padding-block: 1.6rem 1.2rem; display: flex; flex-wrap: wrap; gap: .3rem 2rem; justify-content: space-between; align-items: baseline; }
header .brand { font-weight: 650; letter-spacing: .01em; }
header p { font-size: .9rem; }
.alarm { background: var(--bad-wash); border-block: 1px solid var(--bad); color: var(--ink); }
.alarm > div { padding: .9rem 1.2rem; }
.alarm strong { color: var(--bad); }
.alarm ul { padding-left: 1.2rem; margin-top: .35rem; }

.answer { border-top: 1px solid var(--line); padding-block: clamp(1.8rem, 4vw, 3.2rem) clamp(1.6rem, 3vw, 2.4rem); }
.eyebrow { font-size: .82rem; letter-spacing: .09em; text-transform: uppercase; color: var(--soft); }
h1 { font-size: clamp(2rem, 1.35rem + 2.9vw, 3.5rem); line-height: 1.1; letter-spacing: -.012em; max-width: 24ch; text-wrap: balance; margin-top: .6rem; }
.good h1 .say { color: var(--good); } .some h1 .say { color: var(--some); } .bad h1 .say { color: var(--bad); }
.lede { font-size: 1.12rem; max-width: 62ch; margin-top: 1.1rem; color: var(--ink); text-wrap: pretty; }
.lede + .soft { margin-top: .9rem; max-width: 78ch; }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); gap: 0 2rem; margin-top: 2.2rem; }
.facts > div { border-top: 2px solid var(--ink); padding: .7rem 0 1.4rem; }
.facts dt { font-size: .82rem; color: var(--soft); }
.facts dd { margin: .2rem 0 0; line-height: 1.42; text-wrap: pretty; }

.facts ul { list-style: none; padding: 0; display: grid; gap: .3rem; }
nav { padding-block: .8rem; border-block: 1px solid var(--line); }
nav ul { margin: 0; padding: 0; list-style: none; display: flex; flex-wrap: wrap; gap: .25rem 1.4rem; font-size: .9rem; }
nav a { text-decoration: none; display: inline-block; padding: .2rem 0; }
nav a:hover { text-decoration: underline; }

.part { border-top: 1px solid var(--line); padding-block: 2.2rem 2.6rem; display: grid; grid-template-columns: minmax(0, 1fr); gap: 1.3rem; scroll-margin-top: 1rem; }
main > .part:first-of-type { border-top: 0; }
.part > div { container: part / inline-size; min-width: 0; display: grid; gap: 1.4rem; grid-template-columns: minmax(0, 1fr); align-content: start; }
h2 { font-size: 1.55rem; line-height: 1.2; letter-spacing: -.005em; }
.part > hgroup p { color: var(--soft); font-size: .92rem; margin-top: .5rem; max-width: 46ch; text-wrap: pretty; }
h3 { font-size: 1rem; font-weight: 650; }
@media (min-width: 62rem) {
  .part { grid-template-columns: 15rem minmax(0, 1fr); gap: 3.2rem; }
}

.figures { display: flex; flex-wrap: wrap; gap: 1rem 3rem; align-items: baseline; }
.figure { font-size: clamp(2.6rem, 2rem + 2.4vw, 4rem); line-height: 1; letter-spacing: -.02em; }
.figures p { max-width: 44ch; }
svg { display: block; width: 100%; height: auto; }
svg.bar { height: 1.6rem; }
svg.thin { height: .7rem; min-width: 6rem; }
.narrow { display: none; }
svg text { font: 12px "Inter", "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", Arial, system-ui, sans-serif; fill: var(--soft); }
svg .now { fill: var(--ink); font-weight: 650; font-size: 14px; }
.grid { stroke: var(--line); } .curve { stroke: var(--compliant); stroke-width: 2.2; fill: none; }
.dot { fill: var(--compliant); stroke: var(--paper); stroke-width: 1.5; } .gap { fill: var(--paper); stroke: var(--violating); stroke-width: 2; }
.fill-compliant { fill: var(--compliant); } .fill-pending { fill: var(--pending); } .fill-grace { fill: var(--grace); }
.fill-exempt { fill: var(--exempt); } .fill-violating { fill: var(--violating); } .fill-unknown { fill: url(#hatch); }
.fill-unread { fill: url(#dots); } .fill-out-of-scope { fill: var(--outside); } .fill-made { fill: var(--soft); }
.unlooked { fill: none; stroke: var(--line); }
.tag-square { margin-right: 1rem; }
.swatch { width: .85rem; height: .85rem; display: inline-block; vertical-align: -.08rem; margin-right: .55rem; }

table { border-collapse: collapse; width: 100%; font-size: .93rem; line-height: 1.42; }
caption { text-align: left; font-weight: 650; padding-bottom: .55rem; font-size: 1rem; }
th, td { text-align: left; vertical-align: top; padding: .52rem .9rem .52rem 0; border-bottom: 1px solid var(--line); font-weight: 400; }
thead th { color: var(--soft); font-size: .82rem; border-bottom: 1px solid var(--ink); vertical-align: bottom; }
th:last-child, td:last-child { padding-right: 0; }
th.number, td.number { padding-left: .4rem; }
td.date { white-space: nowrap; }
tbody th { font-weight: 550; } th .id { font-weight: 400; }
.cards th { min-width: 7rem; } .cards th:has(bdi) { min-width: 15rem; } .cards td:not(.number, .date) { min-width: 8rem; } .cards td:has(bdi) { min-width: 9.6rem; }
.zero { color: var(--soft); }
.scroll { overflow-x: auto; }
.id { display: block; color: var(--soft); font-size: .84em; }
.tag { white-space: nowrap; }
.tag::before { content: ""; display: inline-block; width: .6em; height: .6em; border-radius: 50%; margin-right: .45em; background: var(--outside); }
.tag.violating::before { background: var(--violating); border-radius: 0; transform: rotate(45deg) scale(.9); }
.tag.unknown::before { background: none; border: 2px solid var(--unknown); }
.tag.compliant::before { background: var(--compliant); } .tag.exempt::before { background: var(--exempt); border-radius: 0; }
.tag.pending::before { background: var(--pending); } .tag.grace::before { background: var(--grace); }
.note { background: var(--faint); padding: .85rem 1.1rem; border-radius: 4px; font-size: .93rem; max-width: 72ch; }
.past { max-width: none; display: grid; gap: .5rem; margin-top: 1rem; } .note.bad { background: var(--bad-wash); } .note.some { background: var(--some-wash); }
details > summary { cursor: pointer; color: var(--link); font-size: .93rem; padding: .35rem 0; width: fit-content; }
details[open] > summary { margin-bottom: .6rem; }
.plain { padding-left: 1.2rem; display: grid; gap: .45rem; max-width: 72ch; }
pre { margin: 0; padding: .9rem 1.1rem; background: var(--faint); border-radius: 4px; white-space: pre-wrap; overflow-wrap: anywhere; }
.pairs { display: grid; grid-template-columns: minmax(8rem, max-content) minmax(0, 1fr); gap: .4rem 1.6rem; font-size: .93rem; }
.pairs dt { color: var(--soft); } .pairs dd { margin: 0; }
footer { color: var(--soft); font-size: .86rem; padding-block: 1.6rem 3rem; border-top: 1px solid var(--line); }

@media (max-width: 40rem) {
  .wide { display: none; } .narrow { display: block; }
  .pairs { grid-template-columns: minmax(0, 1fr); gap: .1rem; } .pairs dd { margin-bottom: .6rem; }
}
/* A table of this many columns needs so much room, wherever the page puts it. */
@container part (max-width: 50rem) {
  .cards thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .cards, .cards tbody, .cards tr, .cards th, .cards td, .cards caption { display: block; }
  .cards tr { border-bottom: 1px solid var(--line); padding: .7rem 0; }
  .cards th, .cards td { border: 0; padding: .12rem 0; text-align: left; white-space: normal; }
  .cards td { display: grid; grid-template-columns: 6.6rem minmax(0, 1fr); gap: .8rem; }
  .cards td::before { content: attr(data-label); color: var(--soft); font-size: .84rem; }
  .cards th, .cards th:has(bdi), .cards td:has(bdi), .cards td:not(.number, .date) { min-width: 0; }
}

@media print {
  @page { size: A4; margin: 16mm 15mm 18mm; }
  :root { color-scheme: light; ${LIGHT_COLOURS} --paper: #ffffff; }
  html { font-size: 9.6pt; }
  body { line-height: 1.45; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  header, main, footer { max-width: none; padding-inline: 0; }
  nav, .skip { display: none; }
  .answer { padding-block: 1.2rem; } h1 { font-size: 27pt; } h2 { font-size: 14pt; } .lede { font-size: 1.1rem; } .facts { grid-template-columns: repeat(4, 1fr); gap: 0 1.2rem; margin-top: 1.2rem; }
  .part { grid-template-columns: minmax(0, 1fr); gap: .8rem; padding-block: 1.1rem 1.3rem; }
  h2, h3, caption, hgroup { break-after: avoid; } tr, svg, .note, .facts > div { break-inside: avoid; } thead { display: table-header-group; }
  details { display: none; } .paper { display: block; }
  @supports selector(::details-content) {
    details { display: block; &::details-content { content-visibility: visible; height: auto; opacity: 1; } }
    :is(summary, .paper) { display: none; }
  }
  .scroll { overflow: visible; } table { font-size: .9rem; }
  a { color: inherit; text-decoration: none; }
}
`;
