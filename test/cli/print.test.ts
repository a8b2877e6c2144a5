/** What a terminal may rely on: nothing foreign acts on it, and columns stay where they are. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { safe, widthOf } from "../../cli/print.ts";

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
