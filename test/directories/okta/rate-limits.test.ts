/** How factors are read where the org limits calls: no more than are left to us, in the time that a step of a sweep has. */

import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { openDirectory } from "../../../lib/directories/index.ts";
import type { Directory, Subject } from "../../../lib/model/index.ts";
import { startOkta } from "../../../simulators/okta/index.ts";
import { never } from "../tenant.ts";
import { oktaDirectory } from "./fixture.ts";
import { noon } from "./org.ts";

/** A step of a sweep may take four minutes, and begins no page after one. */
const MAX_PAGE_MS = 3 * 60_000;

/** Answers are read whole before they are handed on, so that it is known when none is on its way. */
function countingFetch() {
  let underWay = 0;
  const counting: typeof fetch = async (input, init) => {
    underWay += 1;
    try {
      const answer = await fetch(input, init);
      return new Response(await answer.arrayBuffer(), answer);
    } finally {
      underWay -= 1;
    }
  };
  const rest = async () => {
    for (let quiet = 0; quiet < 10; quiet = underWay === 0 ? quiet + 1 : 0) await setImmediate();
  };
  return { counting, rest };
}

/** An org on a clock that moves only while somebody waits, and nothing is on its way. */
async function start(context: TestContext, users: number, settings: object = {}) {
  let now = noon;
  const { counting, rest } = countingFetch();
  const okta = await startOkta({ users, now: () => now });
  context.after(() => okta.close());
  const directory = openDirectory("okta", {
    id: "workforce",
    settings: { ...oktaDirectory(okta).settings, ...settings },
    secret: { apiToken: okta.apiToken },
    secretVersion: "1",
    fetch: counting,
    clock: () => now,
    sleep: async (ms, signal) => {
      await rest();
      signal.throwIfAborted();
      now += ms;
    },
  });
  return { okta, directory, time: () => now };
}

/** Reads page after page with everybody's factors; answers how long each page took. */
async function readAll(directory: Directory, time: () => number) {
  const pages: number[] = [];
  const subjects: Subject[] = [];
  for (let cursor: string | undefined, first = true; first || cursor !== undefined; first = false) {
    const page = await directory.page(cursor, never);
    const startedAt = time();
    subjects.push(...((await directory.complete?.(page.subjects, ["devices"], never)) ?? []));
    pages.push(time() - startedAt);
    cursor = page.next;
  }
  return { pages, subjects };
}

const refused = (calls: readonly { status?: number | undefined }[]) =>
  calls.filter(({ status }) => status === 429).length;
const unknown = (subjects: readonly Subject[]) => subjects.filter(({ facts }) => !facts.devices.known).length;

describe("the factors of thousands of people", () => {
  for (const [what, perMinute, settings, minutes] of [
    ["at Okta's usual limit, half of it", 600, {}, 3],
    ["at a limit that is lower than the policy says, half of it", 200, {}, 9],
    ["at the few that the policy allows", 600, { factorReadsPerMinute: 40 }, 23],
  ] as const)
    test(`are read ${what}, each page in time, and nothing is refused`, async (context) => {
      const { okta, directory, time } = await start(context, 1_000, settings);
      okta.rates.perMinute.set("factors", perMinute);
      const { pages, subjects } = await readAll(directory, time);
      assert.equal(unknown(subjects), 0);
      assert.equal(refused(okta.calls), 0);
      assert.ok(Math.max(...pages) < MAX_PAGE_MS, pages.join());
      const tookMinutes = (time() - noon) / 60_000;
      assert.ok(tookMinutes >= minutes && tookMinutes < minutes + 3, `${tookMinutes}`);
    });

  test("are waited for where other apps have used up the minute", async (context) => {
    const { okta, directory, time } = await start(context, 100);
    okta.rates.perMinute.set("factors", 600);
    okta.rates.useUp("factors", 600);
    const { subjects } = await readAll(directory, time);
    assert.equal(unknown(subjects), 0);
    // Those that were under way together before the first refusal was seen.
    assert.ok(refused(okta.calls) <= 8, `${refused(okta.calls)}`);
  });
});
