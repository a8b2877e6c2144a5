/** What a change has come to: every answer of the write, with every state before it and everything that the read-back can show. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ObservedSubject } from "../../lib/enforcement/context.ts";
import { resultOf, type SentChange } from "../../lib/enforcement/result.ts";
import { type Code, WardenError } from "../../lib/errors.ts";
import { type Device, knownFact, NOT_ASKED, type ServerProfile, type Subject } from "../../lib/model/index.ts";

const error = (code: Code) => new WardenError(code, "What the vendor said.");
const TOTP: Device = { method: "totp", usable: true };

const observed = (subject: Partial<Subject>, isOn: boolean, devices: readonly Device[] = [TOTP]): ObservedSubject => ({
  subject: {
    id: "jane",
    username: "jane@example.com",
    facts: {
      active: knownFact(true),
      enabled: knownFact(isOn),
      devices: knownFact(devices),
      population: NOT_ASKED,
      groups: NOT_ASKED,
      createdAt: NOT_ASKED,
    },
    ...subject,
  },
  judgement: { verdict: "violating", why: "Judged elsewhere." },
  observedAt: "2026-11-22T10:00:00.000Z",
});

const account = (isOn: boolean) => observed({}, isOn);
const profile = (isAsWanted: boolean) => {
  const shown: ServerProfile = {
    wanted: true,
    present: true,
    differs: isAsWanted ? [] : ["duo_timeout"],
    used: knownFact(true),
    version: "2",
    adopt: false,
    pushed: true,
  };
  return observed({ profile: shown }, false);
};

const ANSWERS = {
  sent: "sent",
  rejected: error("ERR_VENDOR_REJECTED"),
  "password refused": error("ERR_VENDOR_PASSWORD"),
  unauthorized: error("ERR_VENDOR_AUTH"),
  throttled: error("ERR_VENDOR_THROTTLED"),
  timeout: error("ERR_VENDOR_TIMEOUT"),
  unreachable: error("ERR_VENDOR_UNREACHABLE"),
  unavailable: error("ERR_VENDOR_UNAVAILABLE"),
  oversize: error("ERR_VENDOR_OVERSIZE"),
  aborted: error("ERR_ABORTED"),
  "odd format": error("ERR_VENDOR_FORMAT"),
} as const satisfies Record<string, SentChange["sent"]>;
type Answer = keyof typeof ANSWERS;
const answers = Object.keys(ANSWERS) as Answer[];

/** A write's answer, whether the subject was as wanted before it, and the results if the read-back shows it, does not, finds nobody, fails. */
type Row = readonly [answer: Answer, before: "off" | "on", ...results: string[]];
const READ_BACKS = ["shows it", "does not show it", "finds nobody", "fails"] as const;

const ACCOUNTS: readonly Row[] = [
  ["sent", "off", "enforced", "unverified", "unverified", "unverified"],
  ["sent", "on", "enforced", "unverified", "unverified", "unverified"],
  ["rejected", "off", "enforced", "failed", "failed", "failed"],
  ["rejected", "on", "failed", "failed", "failed", "failed"],
  ["password refused", "off", "enforced", "failed", "failed", "failed"],
  ["password refused", "on", "failed", "failed", "failed", "failed"],
  ["unauthorized", "off", "enforced", "failed", "failed", "failed"],
  ["unauthorized", "on", "failed", "failed", "failed", "failed"],
  ["throttled", "off", "enforced", "failed", "failed", "failed"],
  ["throttled", "on", "failed", "failed", "failed", "failed"],
  ["timeout", "off", "enforced", "failed", "failed", "failed"],
  ["timeout", "on", "failed", "failed", "failed", "failed"],
  ["unreachable", "off", "enforced", "failed", "failed", "failed"],
  ["unreachable", "on", "failed", "failed", "failed", "failed"],
  ["unavailable", "off", "enforced", "failed", "failed", "failed"],
  ["unavailable", "on", "failed", "failed", "failed", "failed"],
  ["oversize", "off", "enforced", "failed", "failed", "failed"],
  ["oversize", "on", "failed", "failed", "failed", "failed"],
  ["aborted", "off", "enforced", "failed", "failed", "failed"],
  ["aborted", "on", "failed", "failed", "failed", "failed"],
  ["odd format", "off", "enforced", "unverified", "unverified", "unverified"],
  ["odd format", "on", "unverified", "unverified", "unverified", "unverified"],
];

/** Behind the outcome: the version that counts as written now. What may have been written, nobody knows for sure. */
const PROFILES: readonly Row[] = [
  ["sent", "off", "staged 2", "unverified unsure", "unverified unsure", "unverified unsure"],
  ["sent", "on", "staged 2", "unverified unsure", "unverified unsure", "unverified unsure"],
  ["rejected", "off", "staged 2", "failed", "failed", "failed"],
  ["rejected", "on", "failed", "failed", "failed", "failed"],
  ["password refused", "off", "staged 2", "failed", "failed", "failed"],
  ["password refused", "on", "failed", "failed", "failed", "failed"],
  ["unauthorized", "off", "staged 2", "failed", "failed", "failed"],
  ["unauthorized", "on", "failed", "failed", "failed", "failed"],
  ["throttled", "off", "staged 2", "failed", "failed", "failed"],
  ["throttled", "on", "failed", "failed", "failed", "failed"],
  ["timeout", "off", "staged 2", "failed unsure", "failed unsure", "failed unsure"],
  ["timeout", "on", "failed unsure", "failed unsure", "failed unsure", "failed unsure"],
  ["unreachable", "off", "staged 2", "failed unsure", "failed unsure", "failed unsure"],
  ["unreachable", "on", "failed unsure", "failed unsure", "failed unsure", "failed unsure"],
  ["unavailable", "off", "staged 2", "failed unsure", "failed unsure", "failed unsure"],
  ["unavailable", "on", "failed unsure", "failed unsure", "failed unsure", "failed unsure"],
  ["oversize", "off", "staged 2", "failed unsure", "failed unsure", "failed unsure"],
  ["oversize", "on", "failed unsure", "failed unsure", "failed unsure", "failed unsure"],
  ["aborted", "off", "staged 2", "failed unsure", "failed unsure", "failed unsure"],
  ["aborted", "on", "failed unsure", "failed unsure", "failed unsure", "failed unsure"],
  ["odd format", "off", "staged 2", "unverified unsure", "unverified unsure", "unverified unsure"],
  ["odd format", "on", "unverified unsure", "unverified unsure", "unverified unsure", "unverified unsure"],
];

/** "on" is here: as it was before the change that is undone, which is MFA off. */
const UNDONE: readonly Row[] = ACCOUNTS.map(([answer, before, ...results]) => [
  answer,
  before,
  ...results.map((result) => (result === "enforced" ? "reverted" : result)),
]);

const DIRECTORY = { secretVersion: "2" };
const TABLES = [
  { what: "an account", revert: undefined, rows: ACCOUNTS, subject: account, directory: DIRECTORY },
  {
    what: "a profile",
    revert: undefined,
    rows: PROFILES,
    subject: profile,
    directory: { ...DIRECTORY, candidate: true },
  },
  {
    what: "an undone account",
    revert: { run: "01RUN", to: { enabled: false }, approvedBy: "jane" },
    rows: UNDONE,
    subject: (isAsWanted: boolean) => account(!isAsWanted),
    directory: DIRECTORY,
  },
] as const;

/** One cell of a table: the change, and what it is to come to. */
interface Cell {
  readonly name: string;
  readonly change: SentChange;
  readonly expected: string | undefined;
}

function cellsOf({ what, revert, rows, subject, directory }: (typeof TABLES)[number]): Cell[] {
  const readBacks = [subject(true), subject(false), undefined, error("ERR_VENDOR_DENIED")];
  return rows.flatMap(([answer, before, ...results]) =>
    readBacks.map((readBack, index) => ({
      name: `${what} that was ${before}, ${answer}: the read-back ${READ_BACKS[index]}`,
      change: { directory, revert, state: {}, before: subject(before === "on"), sent: ANSWERS[answer], readBack },
      expected: results[index],
    })),
  );
}

const CELLS = TABLES.flatMap(cellsOf);

test("every answer stands in the tables with every state before it", () => {
  const combinations = answers.flatMap((answer) => [`${answer} off`, `${answer} on`]);
  for (const { rows } of TABLES)
    assert.deepEqual(
      rows.map(([answer, before]) => `${answer} ${before}`),
      combinations,
    );
});

for (const { name, change, expected } of CELLS)
  test(`${name}: ${expected}`, () => {
    const { outcome, learned } = resultOf(change);
    assert.equal([outcome, learned?.written?.version].filter(Boolean).join(" "), expected);
    assert.notEqual(learned?.written?.live, true);
  });

test("a change counts only if the read-back shows it", () => {
  for (const { name, change } of CELLS) {
    const { outcome } = resultOf(change);
    if (outcome === "enforced" || outcome === "staged" || outcome === "reverted")
      assert.match(name, /the read-back shows it$/);
  }
});

test("the newest that was seen is what the result rests on", () => {
  for (const { name, change } of CELLS) {
    const { readBack, before } = change;
    const newest = readBack === undefined || readBack instanceof WardenError ? before : readBack;
    assert.equal(resultOf(change).observed, newest, name);
  }
});

test("a password that the vendor refused is remembered, whatever shows", () => {
  for (const { name, change } of CELLS) {
    const refused = change.sent === ANSWERS["password refused"] ? "2" : undefined;
    assert.equal(resultOf(change).learned?.refusedSecret, refused, name);
  }
});

test("a failed call is handed on, so that whoever asked can come again", () => {
  for (const { name, change } of CELLS) {
    const result = resultOf(change);
    assert.equal(result.error, result.outcome === "failed" ? change.sent : undefined, name);
  }
});

test("what may have been written keeps the version that was written before, no longer live", () => {
  const state = { written: { version: "1", live: true } };
  for (const { name, change, expected } of CELLS)
    if (expected?.endsWith("unsure"))
      assert.deepEqual(resultOf({ ...change, state }).learned, { written: { version: "1", live: false } }, name);
});

test("what the directory declined was not changed", () => {
  for (const outcome of ["needs-user", "refused"] as const) {
    const sent = { outcome, why: "the vendor's policy forbids it" };
    const before = account(false);
    for (const { revert } of TABLES)
      assert.deepEqual(resultOf({ directory: DIRECTORY, revert, state: {}, before, sent }), {
        ...sent,
        observed: before,
      });
  }
});

test("a switch that only a device makes a protection is not enforced without one", () => {
  const readBack = observed({ switchNeedsDevice: true }, true, []);
  const before = account(false);
  const change = { directory: DIRECTORY, state: {}, before, sent: "sent", readBack } as const;
  const { outcome, why } = resultOf(change);
  assert.equal(outcome, "unverified");
  assert.match(why, /no device that makes it a protection/);
});

test("where the next sign-in asks for a device, to be asked is what the change was to bring about", () => {
  const directory = { ...DIRECTORY, enrolsAtSignIn: true } as const;
  const change = { directory, state: {}, before: account(false), sent: "sent" } as const;
  const asked = resultOf({ ...change, readBack: observed({ switchNeedsDevice: true }, true, []) });
  assert.deepEqual(
    [asked.outcome, asked.why],
    ["enforced", "the read-back shows that the next sign-in asks for a device"],
  );
  assert.equal(
    resultOf({ ...change, readBack: observed({ switchNeedsDevice: true }, false, []) }).outcome,
    "unverified",
  );
});

test("nothing is put back by what a switch-on shows, nor switched on by what was put back", () => {
  for (const { name, change } of CELLS) {
    const { outcome, why } = resultOf(change);
    assert.notEqual(outcome, change.revert ? "enforced" : "reverted", name);
    if (outcome === "reverted") assert.match(why, /^put back as it was before run 01RUN, as jane approved: /);
  }
});

test("a profile is never put back", () => {
  for (const answer of answers)
    for (const isAsWanted of [true, false]) {
      const readBack = profile(isAsWanted);
      const { revert } = TABLES[2];
      const change = { directory: DIRECTORY, revert, state: {}, before: profile(true) };
      assert.notEqual(resultOf({ ...change, sent: ANSWERS[answer], readBack }).outcome, "reverted", answer);
    }
});

const CONFIRMATIONS: readonly [what: string, SentChange["confirmation"], account: string, profile: string][] = [
  ["the account can be used", { ok: true }, "enforced", "staged"],
  ["nobody can ask", undefined, "enforced", "staged"],
  ["it cannot be used, and was put back", { ok: false, why: "put back", observed: account(false) }, "failed", "failed"],
  ["it cannot be used, nor read", { ok: false, why: "put back" }, "failed", "failed"],
  ["nobody can tell now", error("ERR_VENDOR_UNAVAILABLE"), "unverified", "unverified"],
  ["nobody can tell", error("ERR_VENDOR_DENIED"), "unverified", "unverified"],
];

for (const [what, confirmation, ...expected] of CONFIRMATIONS)
  for (const [index, { what: whose, subject, directory }] of TABLES.slice(0, 2).entries())
    test(`${whose}, changed as the read-back shows, and ${what}: ${expected[index]}`, () => {
      const readBack = subject(true);
      for (const answer of answers) {
        const sent = ANSWERS[answer];
        const result = resultOf({ directory, state: {}, before: subject(false), sent, readBack, confirmation });
        const declined = confirmation && !(confirmation instanceof WardenError) && !confirmation.ok;
        assert.equal(result.outcome, expected[index], answer);
        assert.equal(result.observed, declined ? confirmation.observed : readBack, answer);
        assert.equal(result.error, confirmation instanceof WardenError ? confirmation : undefined, answer);
      }
    });
