/** Draws docs/demo.svg from what the demo really prints: `npm run picture`. */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const FONT = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace";
/** In px: of a character, of a line, around the text. */
const SIZE = { character: 8.43, line: 19, margin: 18 };
const MAX_CHARACTERS = 150;

/** What a terminal's code (ECMA-48, SGR) does to the text behind it; a code that is not here ends a style. */
const STYLES: Readonly<Record<string, string>> = {
  1: 'font-weight="bold"',
  2: 'fill-opacity=".6"',
  31: 'fill="#ff7b72"',
  32: 'fill="#7ee787"',
  33: 'fill="#e3b341"',
  36: 'fill="#79c0ff"',
};

const DESCRIPTION =
  "Output of npm run demo: a first sweep of four vendors changes what it may, a second one has nothing left to do, and the report is written";

function printDemo(): string[] {
  const { stdout, status, stderr } = spawnSync("npm", ["run", "-s", "demo"], {
    cwd: ROOT,
    env: { ...process.env, FORCE_COLOR: "1" },
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(`The demo failed: ${stderr}`);
  return stdout.replaceAll(ROOT, "").trim().split("\n");
}

const escapeText = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

const ESCAPE = String.fromCharCode(27);
const CODE = new RegExp(`(${ESCAPE}\\[\\d+m)`);

/** One line as text elements, cut where the picture ends. */
function drawLine(line: string): string {
  let style: string | undefined;
  let left = MAX_CHARACTERS;
  const spans: string[] = [];
  for (const part of line.split(CODE)) {
    if (CODE.test(part)) {
      style = STYLES[part.slice(2, -1)];
      continue;
    }
    const shown = part.length > left ? `${part.slice(0, Math.max(0, left - 1))}…` : part;
    if (part !== "" && left > 0) spans.push(`<tspan${style ? ` ${style}` : ""}>${escapeText(shown)}</tspan>`);
    left -= part.length;
  }
  return spans.join("");
}

function drawPicture(lines: readonly string[]): string {
  const width = Math.ceil(MAX_CHARACTERS * SIZE.character + 2 * SIZE.margin);
  const height = lines.length * SIZE.line + 2 * SIZE.margin;
  const texts = lines.map((line, index) => {
    const y = SIZE.margin + (index + 1) * SIZE.line - 5;
    return `<text x="${SIZE.margin}" y="${y}" xml:space="preserve">${drawLine(line)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="${DESCRIPTION}">
<rect width="${width}" height="${height}" rx="8" fill="#0d1117"/>
<g font-family="${FONT}" font-size="14" fill="#e6edf3">
${texts.filter((_, index) => lines[index] !== "").join("\n")}
</g>
</svg>
`;
}

writeFileSync(new URL("../../docs/demo.svg", import.meta.url), drawPicture(printDemo()));
