/** A comment on a pull request: names nobody unless asked, lets no foreign text act, and is never cut silently. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { previewMarkdown } from "../../../cli/try/markdown.ts";
import { noVerdicts } from "../../../lib/model/index.ts";
import { type AccountChange, EFFECTS, type Effect, type Preview } from "../../../lib/preview/index.ts";

const shift = { before: noVerdicts(), after: noVerdicts(), wouldChange: { before: 0, after: 0 } };
const effects = Object.fromEntries(
  EFFECTS.map((effect) => [effect, { count: 0, first: [] }]),
) as unknown as Preview["effects"];
const NOTHING: Preview = {
  run: "01RUN",
  readAt: "2026-11-28T10:00:00.000Z",
  incomplete: [],
  policy: { before: "a", after: "b" },
  changes: [],
  total: shift,
  directories: [],
  rules: [],
  effects,
  unrecorded: { count: 0, by: {} },
  notRead: [],
  dropped: [],
};

const HOSTILE = "@everyone #12 | `x` <img src=x onerror=1> https://evil.example \u202e\u001b[31m\n| a | b |";
const account = (username: string): AccountChange => ({
  directory: "workforce",
  id: username,
  username,
  was: "compliant",
  now: "violating",
  why: username,
});
const withAccounts = (effect: Effect, names: readonly string[]): Preview => ({
  ...NOTHING,
  effects: { ...effects, [effect]: { count: names.length, first: names.map(account) } },
});
const markdown = (preview: Preview, listed = false) => previewMarkdown(preview, listed).join("\n");

test("the first line is the same in every comment", () => {
  for (const preview of [NOTHING, withAccounts("exempt", ["a"])])
    assert.equal(previewMarkdown(preview, false)[0], "<!-- mfa-warden:try -->");
  assert.match(markdown(NOTHING), /\nNobody is judged otherwise, and nobody else would be changed\.\n/);
});

test("it counts accounts, and names them only when they were asked for", () => {
  const preview = withAccounts("violating", ["jane@example.com"]);
  assert.doesNotMatch(markdown(preview), /jane/);
  assert.match(markdown(preview), /^- 1 account: newly violating$/m);
  assert.match(markdown(preview, true), /^\| ` jane@example\.com ` \|/m);
});

test("what lowers security stands first, and what is incomplete is said", () => {
  const text = markdown({
    ...withAccounts("leftScope", ["a"]),
    changes: [
      { part: "rules", name: "everyone", what: "is removed", lowers: true },
      { part: "limits", what: "is changed", lowers: false },
    ],
    incomplete: [{ code: "ERR_READ_SHORT", message: "Not everybody was read." }],
    notRead: [{ directory: "partners", why: "the run left no evidence of it" }],
    dropped: [{ directory: "old", accounts: 7, inScope: 5 }],
  });
  const at = [
    "lowers security",
    "rule everyone is removed",
    "directory old is not in",
    "1 account: out of scope now",
    "READ",
    "partners",
    "limits is changed",
  ].map((part) => text.indexOf(part));
  assert.deepEqual(
    at,
    at.toSorted((a, b) => a - b),
  );
  assert.ok(
    at.every((place) => place > 0),
    text,
  );
});

/** As text in which names and numbers are looked for. */
const rendered = (text: string): string =>
  text
    .replaceAll("&#64;", "@")
    .replaceAll("&#8203;", "\u200b")
    .replace(/\\(?=[^\w\s])/g, "");

test("no foreign text calls anybody, links anywhere, or is markup", () => {
  const hostile: Preview = {
    ...withAccounts("violating", [HOSTILE, "``"]),
    changes: [{ part: "exemptions", name: `workforce/${HOSTILE}@2026-11-28`, what: "is new", lowers: true }],
    rules: [{ rule: HOSTILE, ...shift }],
    notRead: [{ directory: HOSTILE, why: HOSTILE }],
  };
  const lines = previewMarkdown(hostile, true);
  for (const line of lines) {
    const outside = line
      .replace(/(`+) .*? \1(?= \|)/g, "")
      .replace(/<\/?(details|summary|sub)>|<!-- mfa-warden:try -->/g, "");
    assert.doesNotMatch(outside, /[@<]|https?:|(?<!\\)`/, line);
    assert.doesNotMatch(rendered(outside), /[@#]\w/, line);
    for (const sign of ["\u202e", "\u001b", "\n"]) assert.ok(!line.includes(sign), line);
    if (line.startsWith("|")) {
      const cells = line.replaceAll("\\|", "").split("|").length;
      assert.ok(cells === 7 || cells === 10, line);
    }
  }
});

test("what is longer than a comment may be is cut at a line, and says so", () => {
  const names = Array.from({ length: 2_000 }, (_, i) => `${"x".repeat(60)}${i}`);
  const text = markdown(withAccounts("violating", names), true);
  assert.ok(text.length < 65_536);
  assert.match(
    text,
    /\n<\/details>\n\n\*\*Cut here, since a comment may not be longer\.\*\* `warden try` shows the whole\.$/,
  );
});
