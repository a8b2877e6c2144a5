/** The page as people get it: in a real browser, without a network, with hostile names, for those who listen and those who print. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type DirectoryRecord, omitUndefined } from "../../lib/model/index.ts";
import { frameworks } from "../../lib/report/controls/index.ts";
import { type ReportRow, summarizeRows } from "../../lib/report/data/index.ts";
import { renderPage } from "../../lib/report/page/index.ts";
import { DESKTOP, findBarriers, LOOKS, open, PHONE, skip } from "./browser.ts";
import { HOSTILE_NAMES } from "./hostile-names.ts";
import { type SampleOptions, sampleRows, sampleRun } from "./sample.ts";

function pageOf(rows: readonly ReportRow[], options: SampleOptions = {}): string {
  const run = sampleRun(rows, options);
  const summarizer = summarizeRows(run);
  for (const row of rows) summarizer.add(row);
  const leaver = {
    directory: "workforce",
    id: "gone",
    username: HOSTILE_NAMES[0] ?? "",
    verdict: "compliant",
    how: "confirmed",
  } as const;
  return renderPage({
    ...run,
    summary: summarizer.end(),
    controls: frameworks,
    departed: { confirmed: 2, unconfirmed: 1, first: [leaver], notLookedIn: [] },
    files: [{ file: "population.csv", purpose: "for spreadsheets" }],
  });
}

/** Everybody hostile is open, so that everybody is shown. */
const hostile = (): ReportRow[] =>
  sampleRows(HOSTILE_NAMES.length, 7, 1).map((row, i) => ({
    ...row,
    read: "violating",
    verdict: "violating",
    outcome: "failed",
    kind: "account",
    id: `id ${HOSTILE_NAMES[i]}`,
    why: `Why ${HOSTILE_NAMES[i]}`,
    rule: `rule ${HOSTILE_NAMES[i]}`,
    outcomeWhy: `because ${HOSTILE_NAMES[i]}`,
  }));

describe("the page", { skip }, () => {
  for (const [name, options] of LOOKS)
    test(`has nothing that axe-core finds wrong, ${name}`, async () => {
      const rows = [...hostile(), ...sampleRows(30, 7, 0.9)];
      assert.deepEqual(await findBarriers(pageOf(rows, incomplete), options), []);
    });

  test("asks nobody for anything, and runs nothing", async () => {
    await open(pageOf(hostile()), { viewport: DESKTOP }, async ({ tab, asked, said }) => {
      assert.deepEqual([asked, said], [[], []]);
      assert.equal(await tab.evaluate("globalThis.stolen"), undefined);
      // A page that tried would be stopped by its own policy.
      await tab.evaluate("document.body.append(Object.assign(new Image(), { src: 'http://127.0.0.1:9/x' }))");
      const blocked = await tab.evaluate("fetch('http://127.0.0.1:9/').then(() => 'sent', () => 'refused')");
      assert.equal(blocked, "refused");
      assert.ok(said.some((text) => text.includes("Content Security Policy")));
    });
  });

  test("reads the same without scripts", async () => {
    await open(pageOf(sampleRows(500)), { javaScriptEnabled: false }, async ({ tab }) => {
      assert.match((await tab.locator("h1").textContent()) ?? "", /^No\. \d+ of \d+ subjects are not\.$/);
    });
  });

  test("shows hostile names as the text they are", async () => {
    await open(pageOf(hostile()), { viewport: DESKTOP }, async ({ tab }) => {
      const names = (await tab.locator("#open th bdi:first-child").allTextContents()).toSorted();
      assert.equal(names.length, HOSTILE_NAMES.length * 2);
      for (const name of HOSTILE_NAMES.slice(0, 5)) assert.ok(names.includes(name), name);
      const shown = names.join("\n");
      assert.match(shown, /\\u\{202e\}gnp\.exe\\u\{202c\}/);
      assert.match(shown, /␛\[31mred␛\[0m/);
      assert.match(shown, /half \\u\{d800\} of a pair/);
      assert.match(shown, /مرحبا@example\.com/);
      assert.ok(![..."\u001b\u202a\u202e\u2066"].some((char) => shown.includes(char)));
      assert.ok(names.every((name) => name.length <= 200));
      assert.equal(await tab.locator("script, img, iframe, object, embed, link").count(), 0);
      assert.equal(await tab.locator("style").count(), 1);
    });
  });

  test("fits a phone: nothing is wider than the screen", async () => {
    for (const text of [pageOf(sampleRows(2_000)), pageOf(hostile(), incomplete)])
      await open(text, { viewport: PHONE, isMobile: true }, async ({ tab }) => {
        await tab.evaluate("for (const one of document.querySelectorAll('details')) one.open = true");
        assert.equal(await tab.evaluate("document.documentElement.scrollWidth"), PHONE.width);
      });
  });

  test("fits every width from 320 to 1,600 pixels, and keeps the ending of an address in one piece where it fits", async () => {
    const long = sampleRows(400, 7, 0.5).map((row, i) => ({
      ...row,
      id: `abfba8f6-49eb-49f5-a5d9-80ad5c98${1000 + i}`,
      username: `firstname.lastname.${i}@subsidiary-example.com`,
    }));
    for (const text of [pageOf(long), pageOf(hostile(), incomplete)])
      await open(text, { viewport: DESKTOP }, async ({ tab }) => {
        await tab.evaluate("for (const one of document.querySelectorAll('details')) one.open = true");
        for (let width = 320; width <= 1_600; width += 40) {
          await tab.setViewportSize({ width, height: 900 });
          const wide = Number(await tab.evaluate("document.documentElement.scrollWidth"));
          assert.ok(wide <= width, `${wide} at ${width}`);
        }
      });
    await open(pageOf(long), { viewport: { width: 1_440, height: 900 } }, async ({ tab }) => {
      const broken = await tab.evaluate(`[...document.querySelectorAll("#open th bdi:first-child")].filter((name) => {
        const range = document.createRange();
        range.setStart(name.lastChild, name.lastChild.length - "example.com".length);
        range.setEnd(name.lastChild, name.lastChild.length);
        return range.getClientRects().length > 1;
      }).length`);
      assert.equal(broken, 0);
    });
  });

  test("can be read and used by keyboard: every place that scrolls or opens takes the focus", async () => {
    await open(pageOf(sampleRows(2_000, 7, 0.3)), { viewport: DESKTOP }, async ({ tab }) => {
      const focused: string[] = [];
      for (let i = 0; i < 60; i++) {
        await tab.keyboard.press("Tab");
        focused.push(await tab.evaluate("document.activeElement.className || document.activeElement.tagName"));
      }
      assert.equal(focused[0], "skip");
      for (const kind of ["A", "SUMMARY", "scroll", "PRE"]) assert.ok(focused.includes(kind), kind);
      const levels: number[] = await tab.evaluate(
        "[...document.querySelectorAll('h1, h2, h3, h4')].map((one) => Number(one.tagName[1]))",
      );
      assert.equal(levels.filter((level) => level === 1).length, 1);
      for (const [i, level] of levels.entries()) assert.ok(level <= (levels[i - 1] ?? 0) + 1, `h${level} at ${i}`);
    });
  });

  test("prints everybody whom it lists, also those behind a click on a screen", async () => {
    await open(pageOf(sampleRows(400, 7, 0.5)), { viewport: { width: 680, height: 1_000 } }, async ({ tab }) => {
      await tab.emulateMedia({ media: "print" });
      const names = tab.locator("#open th");
      assert.ok((await names.count()) > 40);
      assert.equal(
        await tab.evaluate(
          "[...document.querySelectorAll('#open tbody th')].filter((one) => one.getClientRects().length === 0).length",
        ),
        0,
      );
    });
  });

  test("prints on A4: nothing is cut off at the side", async () => {
    await open(pageOf(sampleRows(2_000, 7, 0.3)), { viewport: { width: 680, height: 1_000 } }, async ({ tab }) => {
      await tab.emulateMedia({ media: "print" });
      assert.ok(Number(await tab.evaluate("document.documentElement.scrollWidth")) <= 680);
      assert.ok((await tab.pdf({ format: "A4", preferCSSPageSize: true })).byteLength > 10_000);
    });
  });
});

const PROBLEM = {
  code: "ERR_READ_SHORT",
  message: "Only 10 of 20 accounts were listed; sweep again.",
  directory: "workforce",
};
const incomplete: SampleOptions = {
  head: { status: "incomplete", incomplete: [PROBLEM] },
  record: { status: "incomplete", total: 50_000, problems: [PROBLEM] },
};

describe("what the page says", () => {
  const saying = (text: string) =>
    text
      .replace(/<style>[\s\S]*?<\/style>/, "")
      .replace(/<[^>]+>/g, " ")
      .replace(/\s+/g, " ");
  const heading = (text: string) => saying(/<h1[\s\S]*?<\/h1>/.exec(text)?.[0] ?? "").trim();
  const covered = sampleRows(400, 3, 0).map((row): ReportRow => ({ ...row, kind: "account" }));

  test("is yes only when everybody is covered and everybody was seen", () => {
    assert.match(heading(pageOf(covered)), /^Yes\. All \d+ accounts are covered\.$/);
    assert.equal(heading(pageOf(covered, incomplete)), "Nobody can say. The run did not see everybody.");
    assert.match(
      heading(pageOf(covered, { record: { total: 50_000 } })),
      /^Nobody can say\. 49,\d+ accounts were never listed\.$/,
    );
    assert.equal(heading(pageOf([])), "Nobody can say. No account is in scope.");
    const grace = covered.map((row, i): ReportRow => (i === 5 ? { ...row, verdict: "grace" } : row));
    assert.equal(heading(pageOf(grace)), "Yes, but for 1 who is excused for now.");
    const unknown = covered.map((row, i): ReportRow => (i === 5 ? { ...row, verdict: "unknown" } : row));
    assert.match(heading(pageOf(unknown)), /^No\. 1 of \d+ accounts is not\.$/);
    assert.match(heading(pageOf(unknown, incomplete)), /^No, as far as was read\./);
  });

  test("counts everybody who is not covered, also who is exempt or has time left, and says where they are", () => {
    const some = covered.map((row, i): ReportRow => {
      const verdict = (["violating", "grace", "exempt"] as const)[i];
      return verdict ? { ...row, verdict, read: verdict } : row;
    });
    const text = pageOf(some);
    assert.match(heading(text), /^No\. 3 of \d+ accounts are not\.$/);
    assert.match(saying(text), /Not covered either: 1 within a grace period and 1 exempt; the tables name them\./);
    assert.doesNotMatch(saying(pageOf(covered)), /Not covered either/);
  });

  test("adds up: who needs something, who has time or an exemption, and who was never listed are the number above", () => {
    const rows = sampleRows(400, 3, 0.4);
    for (const options of [{}, incomplete]) {
      const text = pageOf(rows, options);
      const [, all = ""] = /([\d,]+) of [\d,]+ \w+ are not\./.exec(heading(text)) ?? [];
      const who = /<dt>Who<\/dt><dd>([\s\S]*?)<\/dd>/.exec(text)?.[1] ?? "";
      const parts = Array.from(who.matchAll(/<b>([\d,]+)<\/b>/g), ([, count = ""]) =>
        Number(count.replaceAll(",", "")),
      );
      assert.equal(
        parts.reduce((sum, count) => sum + count, 0),
        Number(all.replaceAll(",", "")),
      );
      assert.match(saying(who), /need something: \d+ in (workforce and \d+ in )?partners/);
    }
  });

  test("does not take the vendor's switch for a second factor", () => {
    assert.match(
      saying(pageOf(covered)),
      /Of these, \d+ by the vendor&#39;s switch alone: no second factor was looked for\./,
    );
    const stronger = covered.map((row): ReportRow => (row.requirement ? { ...row, requirement: "registered" } : row));
    assert.doesNotMatch(saying(pageOf(stronger)), /no second factor was looked for/);
  });

  test("says of whom a control is shown, and claims it of nobody else", () => {
    const some = covered.map(
      (row, i): ReportRow => (i === 5 ? { ...row, verdict: "violating", read: "violating" } : row),
    );
    const inScope = some.filter(({ verdict }) => verdict !== "out-of-scope").length;
    const map = /<section class="part" id="controls"[\s\S]*?<\/section>/.exec(pageOf(some))?.[0] ?? "";
    assert.match(
      saying(map),
      new RegExp(`IA-2\\(2\\) NIST SP 800-53 r5 supporting ${inScope - 1} of ${inScope} The vendor`),
    );
    assert.match(saying(map), /AC-2 NIST SP 800-53 r5 supporting the record /);
  });

  test("does not say that counts agree where a vendor counts nothing", () => {
    assert.match(saying(pageOf(covered)), /was read, and as many were read as the vendors count\./);
    const { total: _, ...uncounted } = sampleRun(covered).head.directories[0] ?? assert.fail();
    const said = saying(pageOf(covered, { head: { directories: [uncounted] } }));
    assert.match(said, /was read; how many there should be is not confirmed for workforce\./);
  });

  test("says which part of a directory was the longest, only where it was listed part by part", () => {
    assert.doesNotMatch(saying(pageOf(covered)), /part by part/);
    const record = sampleRun(covered).head.directories[0] ?? assert.fail();
    const sayingOf = (shards: DirectoryRecord["shards"]) =>
      saying(pageOf(covered, { head: { directories: [omitUndefined({ ...record, shards })] } }));
    assert.match(
      sayingOf({ count: 3, longest: { id: "7f3a", accounts: 12_500 } }),
      /Listed part by part workforce: 3 parts, up to eight at once; the longest, 7f3a ?, has 12,500 accounts\. No part/,
    );
    assert.match(
      sayingOf({ count: 0, doubt: "populations came or went meanwhile" }),
      /workforce: parts of it were listed first, and then the whole: populations came or went meanwhile/,
    );
  });

  test("begins with what is missing", () => {
    const text = pageOf(covered, incomplete);
    assert.match(text, /<title>INCOMPLETE: /);
    const said = saying(text.slice(text.indexOf("<main>"))).trim();
    assert.match(
      said,
      /^This run is not complete \(incomplete\)\..* Only 10 of 20 accounts were listed; sweep again\. ERR_READ_SHORT/,
    );
    assert.doesNotMatch(saying(pageOf(covered)), /not complete/);
  });

  test("says when the policy of the run was not kept, and does not make exceptions up", () => {
    assert.match(saying(pageOf(covered, { lost: true })), /The policy of this run is not kept/);
    const kept = saying(pageOf(covered));
    assert.match(kept, /ciso@example\.com owner: iam@example\.com 15 Dec 2026 26 days left in force/);
    assert.match(kept, /nobody named/);
  });

  test("stays below 2 MB for a population of any size, and of the worst names", () => {
    const name = `"<&'>`.repeat(60);
    const rows = sampleRows(50_000, 3, 1).map(
      (row, i): ReportRow => ({
        ...row,
        verdict: "violating",
        read: "violating",
        outcome: "failed",
        outcomeWhy: name,
        username: name,
        id: `${i}${name}`,
        why: `${i}${name}`,
        kind: "profile",
        custodial: true,
        rule: `${i % 900}${name}`,
      }),
    );
    const bytes = Buffer.byteLength(pageOf(rows));
    assert.ok(bytes < 2_000_000, `${bytes} bytes`);
  });

  test("draws no trend from one run, and leaves runs out that were not whole", () => {
    assert.match(saying(pageOf(covered, { runs: 1 })), /a trend needs two/);
    assert.match(
      pageOf(covered, { runs: 24 }),
      /<desc[^>]*>From .* over 23 runs\. 1 more did not read the whole population/,
    );
  });
});
