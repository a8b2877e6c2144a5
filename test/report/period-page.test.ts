/** The page over a period as people get it: in a real browser, with hostile names, for those who listen and those who print. */
import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { DESKTOP, findBarriers, LOOKS, open, PHONE, skip } from "./browser.ts";
import { HOSTILE_NAMES } from "./hostile-names.ts";
import { beginLife } from "./period-life.ts";

const names = HOSTILE_NAMES.slice(0, 8);
const origin = { by: names[0] ?? "", how: names[1] ?? "" };
const LISTED = [
  "rules",
  "gaps",
  "runs",
  "changes",
  "decisions",
  "exceptions",
  "stops",
  "policies",
  "directories",
  "incomplete",
];

/** Two months with everything in it, under hostile names. */
async function makePage(): Promise<string> {
  const { world, at, report } = await beginLife(names);
  const { ledger } = world.ports;
  for (let day = 0; day < 60; day++) {
    at(day, 6);
    if (day < 20 || day > 23) await world.sweep(day % 13 !== 5);
  }
  await ledger.setKillSwitch("all", names[2] ?? "", origin);
  await ledger.acceptBaseline("workforce", { run: "01RUN", read: 7 }, origin, names[3] ?? "");
  const hold = { directory: "workforce", id: names[4] ?? "", username: names[5] ?? "", reason: names[6] ?? "" };
  await ledger.holdSubject({ ...hold, by: origin, at: "2026-02-01T06:00:00.000Z", until: "2026-02-02T06:00:00.000Z" });
  at(60, 0);
  return (await report("2025-12-15", "2026-12-31")).texts.get("period.html") ?? "";
}

describe("the page over a period", { skip }, () => {
  let page = "";
  before(async () => {
    page = await makePage();
  });

  for (const [name, options] of LOOKS)
    test(`has nothing that axe-core finds wrong, ${name}`, async () => {
      assert.deepEqual(await findBarriers(page, options), []);
    });

  test("asks nobody for anything, runs nothing, and reads the same without scripts", async () => {
    await open(page, { viewport: DESKTOP, javaScriptEnabled: false }, async ({ tab, asked, said }) => {
      assert.deepEqual([asked, said], [[], []]);
      assert.match((await tab.locator("h1").textContent()) ?? "", /^No\. There are \d+ gaps\.$/);
      assert.equal(await tab.locator("script, img, iframe, object, embed, link").count(), 0);
      for (const id of LISTED) assert.equal(await tab.locator(`#${id}`).count(), 1, id);
      const text = (await tab.locator("main").textContent()) ?? "";
      assert.ok(![..."\u001b\u202a\u202e\u2066"].some((character) => text.includes(character)));
    });
  });

  test("fits every width from 320 to 1,600 pixels, and an A4 sheet", async () => {
    await open(page, { viewport: DESKTOP }, async ({ tab }) => {
      await tab.evaluate("for (const one of document.querySelectorAll('details')) one.open = true");
      for (let width = 320; width <= 1_600; width += 80) {
        await tab.setViewportSize({ width, height: 900 });
        const wide = Number(await tab.evaluate("document.documentElement.scrollWidth"));
        assert.ok(wide <= width, `${wide} at ${width}`);
      }
      await tab.emulateMedia({ media: "print" });
      await tab.setViewportSize({ width: 680, height: 1_000 });
      assert.ok(Number(await tab.evaluate("document.documentElement.scrollWidth")) <= 680);
    });
    await open(page, { viewport: PHONE, isMobile: true }, async ({ tab }) => {
      assert.equal(await tab.evaluate("document.documentElement.scrollWidth"), PHONE.width);
    });
  });
});
