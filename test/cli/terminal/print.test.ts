/** What a terminal may rely on: nothing foreign acts on it, and columns stay where they are. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import { openScreen, type Screen } from "../../../cli/terminal/print.ts";
import { safe, widthOf } from "../../../cli/terminal/safe-text.ts";

test("characters that act are shown", () => {
  assert.equal(safe("\u001b[31mred\u0007\r\n"), "␛[31mred␇␍␊");
  assert.equal(safe("a\u202eb\u2028c\u009b"), "a\\u{202e}b\\u{2028}c\\u{9b}");
  assert.equal(safe("\ud800"), "\\u{d800}");
  assert.equal(safe("Zoë 漢字 😀"), "Zoë 漢字 😀");
});

test("text is cut to columns, not to characters", () => {
  assert.equal(safe("abcdef", 4), "abc…");
  assert.equal(safe("漢字漢字", 5), "漢字…");
  assert.equal(safe("😀😀", 4), "😀😀");
});

test("no text holds anything that acts, or is wider than asked", () => {
  const any = fc.string({ unit: "binary" });
  fc.assert(
    fc.property(any, fc.integer({ min: 1, max: 40 }), (text, width) => {
      const shown = safe(text, width);
      assert.doesNotMatch(shown, /[\p{C}\p{Zl}\p{Zp}]/u);
      assert.ok(widthOf(shown) <= width);
    }),
  );
});

/** What a terminal of so many columns is sent; with 0, what a file is. */
function shown(columns: number, work: (screen: Screen) => void): string[] {
  const parts: string[] = [];
  const write = (text: string) => parts.push(text) > 0;
  const stream = Object.assign(Object.create(process.stdout), { write });
  for (const [name, value] of Object.entries({ isTTY: columns > 0, columns }))
    Object.defineProperty(stream, name, { value });
  work(openScreen(stream));
  return stripVTControlCharacters(parts.join("")).trimEnd().split("\n");
}

const SENTENCE = "The quick brown fox jumps over the lazy dog and everybody who sees it says so.";
const trimmed = (lines: readonly string[]) => lines.map((line) => line.trimEnd());

test("a long sentence wraps at words on a terminal, a command never does, and a file gets one line", () => {
  const lines = shown(40, (screen) => screen.line("  ", SENTENCE));
  assert.ok(lines.length > 1 && lines.every((line) => line.length <= 40));
  assert.ok(lines.slice(1).every((line) => line.startsWith("    ")));
  assert.equal(lines.map((line) => line.trim()).join(" "), SENTENCE);
  const command = `  npm run -s warden -- ${SENTENCE}`;
  assert.deepEqual(
    shown(40, (screen) => screen.line(command)),
    [command],
  );
  assert.deepEqual(
    shown(0, (screen) => screen.line(SENTENCE)),
    [SENTENCE],
  );
});

test("a table's last column wraps beside the others, or goes below them, and loses nothing", () => {
  const table = (name: string) => (screen: Screen) =>
    screen.table([{ head: "name" }, { head: "why" }], [[name, `${SENTENCE} ${"x".repeat(50)}`]]);
  const beside = trimmed(shown(40, table("jane")));
  assert.ok(beside.every((line) => line.length <= 40));
  assert.ok(beside.slice(2).every((line) => /^ {8}\S/.test(line)));
  const below = trimmed(shown(40, table("jane@workforce.example.com")));
  assert.ok(below.every((line) => line.length <= 40));
  assert.equal(below[2], "  jane@workforce.example.com");
  assert.ok(below.slice(3).every((line) => /^ {4}\S/.test(line)));
  for (const lines of [beside, below])
    assert.ok(
      lines
        .join("")
        .replaceAll(" ", "")
        .endsWith(SENTENCE.replaceAll(" ", "") + "x".repeat(50)),
    );
});
