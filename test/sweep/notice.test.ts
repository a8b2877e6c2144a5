/** Notice before enforcement: nobody is changed who was not told in time, and nobody is told twice. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { WardenError } from "../../lib/errors.ts";
import type { AccountNotice, NoticeSender } from "../../lib/model/index.ts";
import { EVERYONE, type World } from "../world.ts";
import {
  ACCOUNTS,
  changeCalls,
  changeOf,
  codesOf,
  inKnownWorld,
  messageOf,
  passTime,
  stateOf,
  targetOf,
  whenPlanned,
} from "./known-world.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

const telling = (notify = "{ before: 7d }") =>
  `${EVERYONE.replace("require: enabled", `require: enabled\n    notify: ${notify}`)}
notices: { by: folder, enrol: "https://enrol.example.com" }`;

/** Keeps what is sent; `fail` says which notices do not go out, by their number from 1. */
function mailbox(fail: (number: number) => WardenError | undefined = () => undefined) {
  const sent: AccountNotice[] = [];
  let tries = 0;
  const noticeSender: NoticeSender = {
    way: "folder",
    async send(notice) {
      const error = fail(++tries);
      if (error) throw error;
      assert.ok(!("parts" in notice), "it is about an account");
      sent.push(notice);
    },
  };
  return { sent, noticeSender, tries: () => tries };
}

const noAddress = () => new WardenError("ERR_NOTICE_REJECTED", "This person has no address.");
const sweepAt = (world: World, ms: number, yaml: string, more: object) => {
  passTime(world, ms);
  return world.sweep("enforce", yaml, more);
};

test("an account is told first, and changed seven days after it was told, not before", () =>
  inKnownWorld(async (world) => {
    const { sent, noticeSender } = mailbox();
    const first = await world.sweep("enforce", telling(), { noticeSender });
    assert.deepEqual([first.only.status, first.only.changes.refused, changeCalls(world).length], ["completed", 1, 0]);
    const [notice] = sent;
    assert.ok(notice);
    const { username, email } = world.vendor.account(5);
    assert.deepEqual([notice.kind, notice.account], ["first", { id: targetOf(world), username, email }]);
    assert.match(notice.text, /https:\/\/enrol\.example\.com/);
    const { why, notice: noted } = await changeOf(world, first.run);
    assert.match(why ?? "", /^told on \S+, due on \S+$/);
    assert.deepEqual([noted?.due, noted?.last?.status, noted?.next], [notice.due, "sent", undefined]);
    const early = await sweepAt(world, 7 * DAY_MS - HOUR_MS, telling(), { noticeSender });
    assert.deepEqual([early.only.changes.refused, changeCalls(world).length, sent.length], [1, 0, 1]);
    const due = await sweepAt(world, 7 * DAY_MS + HOUR_MS, telling(), { noticeSender });
    assert.deepEqual([due.only.changes.enforced, sent.length], [1, 1]);
    assert.equal((await changeOf(world, due.run)).notice?.last?.status, "sent");
  }));

test("its address is recorded nowhere, and a notice costs two writes of the account and one of the plan", () =>
  inKnownWorld(async (world) => {
    const { noticeSender } = mailbox();
    await world.sweep("plan", telling());
    const before = world.counts.writes.STATE ?? 0;
    const { run } = await world.sweep("enforce", telling(), { noticeSender });
    assert.equal((world.counts.writes.STATE ?? 0) - before, 2);
    const { username, email } = world.vendor.account(5);
    const state = await stateOf(world, targetOf(world));
    const kept = JSON.stringify([state, await changeOf(world, run)]).replaceAll(username, "");
    assert.ok(email !== "" && !kept.includes(email));
    assert.deepEqual(
      state?.notices?.map(({ kind, status, by }) => [kind, status, by]),
      [["first", "sent", "folder"]],
    );
  }));

test("one address that the credential may not read keeps nobody else from being told", () =>
  inKnownWorld(
    async (world) => {
      const { sent, noticeSender } = mailbox();
      const hidden = world.vendor.account(3).id;
      world.vendor.setFault({ kind: "error", status: 403, on: "user", user: hidden });
      const { only } = await world.sweep("enforce", telling(), { noticeSender });
      assert.equal(only.status, "completed", JSON.stringify(only.problems));
      const told = new Map(sent.map(({ account: { id, email } }) => [id, email]));
      assert.deepEqual([told.size, told.get(hidden)], [3, undefined]);
    },
    { off: [3, 5, 7] },
  ));

test("a sweep that only plans tells nobody, and says so of the account", () =>
  inKnownWorld(async (world) => {
    const { sent, noticeSender } = mailbox();
    const { run } = await world.sweep("plan", telling(), { noticeSender });
    assert.deepEqual([sent.length, (await changeOf(world, run)).why], [0, "nobody has told this person yet"]);
  }));

test("a rule without notify costs nothing: nobody is told, and the account is changed at once", () =>
  inKnownWorld(async (world) => {
    const { sent, noticeSender } = mailbox();
    const { only } = await world.sweep("enforce", EVERYONE, { noticeSender });
    assert.deepEqual([only.changes.enforced, sent.length], [1, 0]);
  }));

test("lastDay tells once more on the last day, and the change follows no sooner than twelve hours after", () =>
  inKnownWorld(async (world) => {
    const { sent, noticeSender } = mailbox();
    const yaml = telling("{ before: 7d, lastDay: true }");
    const kinds = () => sent.map(({ kind }) => kind);
    await world.sweep("enforce", yaml, { noticeSender });
    await sweepAt(world, 5 * DAY_MS, yaml, { noticeSender });
    assert.deepEqual(kinds(), ["first"]);
    const late = 8 * DAY_MS;
    const { run, only } = await sweepAt(world, late, yaml, { noticeSender });
    assert.deepEqual([kinds(), only.changes.enforced], [["first", "last"], 0]);
    assert.match((await changeOf(world, run)).why ?? "", /^told on \S+, due on \S+$/);
    await sweepAt(world, late + 11 * HOUR_MS, yaml, { noticeSender });
    assert.equal(changeCalls(world).length, 0);
    const { only: end } = await sweepAt(world, late + 13 * HOUR_MS, yaml, { noticeSender });
    assert.deepEqual([end.changes.enforced, kinds().length], [1, 2]);
  }));

test("a failed notice postpones the change by a day and says so; a second one postpones nothing more, and is louder", () =>
  inKnownWorld(async (world) => {
    const { tries, noticeSender } = mailbox(noAddress);
    const first = await world.sweep("enforce", telling(), { noticeSender });
    assert.match(
      messageOf(first.only, "ERR_NOTICE_FAILED"),
      /1 notices of workforce failed, .*a day longer: .*ERR_NOTICE_REJECTED/,
    );
    assert.match((await changeOf(world, first.run)).why ?? "", /^the notice of \S+ failed \(ERR_NOTICE_REJECTED\)/);
    await sweepAt(world, HOUR_MS, telling(), { noticeSender });
    assert.equal(tries(), 1, "not again within the day");
    const second = await sweepAt(world, DAY_MS, telling(), { noticeSender });
    assert.match(messageOf(second.only, "ERR_NOTICE_FAILED"), /failed again, .*tell these people yourself/);
    await sweepAt(world, 8 * DAY_MS - HOUR_MS, telling(), { noticeSender });
    assert.equal(changeCalls(world).length, 0);
    const { only } = await sweepAt(world, 8 * DAY_MS + HOUR_MS, telling(), { noticeSender });
    assert.equal(only.changes.enforced, 1);
  }));

test("whoever was told on the second try is changed seven days after that", () =>
  inKnownWorld(async (world) => {
    const { sent, noticeSender } = mailbox((number) => (number === 1 ? noAddress() : undefined));
    await world.sweep("enforce", telling(), { noticeSender });
    await sweepAt(world, 3 * DAY_MS, telling(), { noticeSender });
    assert.equal(sent.length, 1);
    await sweepAt(world, 10 * DAY_MS - HOUR_MS, telling(), { noticeSender });
    assert.equal(changeCalls(world).length, 0);
    const { only } = await sweepAt(world, 10 * DAY_MS + HOUR_MS, telling(), { noticeSender });
    assert.equal(only.changes.enforced, 1);
  }));

test("a notice that broke off between its claim and its record is not sent again by the next sweep, and counts as failed", () =>
  inKnownWorld(async (world) => {
    await world.sweep("plan", telling());
    const id = targetOf(world);
    const at = new Date().toISOString();
    const due = new Date(Date.now() + 7 * DAY_MS).toISOString();
    const begun = { kind: "first", run: "dead", at, due, by: "folder", status: "sending" } as const;
    assert.equal(await world.ledger.saveNotice({ directory: "workforce", id }, [], begun), true);
    const { sent, noticeSender } = mailbox();
    await world.sweep("enforce", telling(), { noticeSender });
    assert.equal(sent.length, 0);
    await sweepAt(world, DAY_MS, telling(), { noticeSender });
    assert.equal(sent.length, 1);
    const state = await stateOf(world, id);
    assert.deepEqual(
      state?.notices?.map(({ status, why }) => [status, why]),
      [
        ["failed", "it broke off"],
        ["sent", undefined],
      ],
    );
    await sweepAt(world, 8 * DAY_MS - HOUR_MS, telling(), { noticeSender });
    assert.equal(changeCalls(world).length, 0);
  }));

test("of two who claim the same notice at once one does", () =>
  inKnownWorld(async (world) => {
    await world.sweep("plan", telling());
    const subject = { directory: "workforce", id: targetOf(world) };
    const now = new Date().toISOString();
    const claim = (run: string) =>
      world.ledger.saveNotice(subject, [], { kind: "first", run, at: now, due: now, by: "folder", status: "sending" });
    const claims = await Promise.all(["a", "b", "c", "d"].map(claim));
    assert.equal(claims.filter(Boolean).length, 1);
  }));

test("where nobody can be told, nobody is changed, and the run says so", () =>
  inKnownWorld(async (world) => {
    const { only } = await world.sweep("enforce", telling());
    assert.deepEqual([codesOf(only), changeCalls(world).length], [["ERR_NOTICE_UNAVAILABLE"], 0]);
    assert.equal((await stateOf(world, targetOf(world)))?.notices, undefined);
  }));

test("a sender that answers nobody is asked eight times at most", () =>
  inKnownWorld(
    async (world) => {
      const { tries, noticeSender } = mailbox(() => new WardenError("ERR_NOTICE_UNAVAILABLE", "It is down."));
      const { only } = await world.sweep("enforce", telling(), { noticeSender });
      assert.deepEqual([tries(), codesOf(only)], [8, ["ERR_NOTICE_UNAVAILABLE", "ERR_NOTICE_FAILED"]]);
      assert.equal(only.changes.refused, ACCOUNTS);
    },
    { off: [...Array(ACCOUNTS).keys()] },
  ));

test("while changes are halted nobody is told either", () =>
  inKnownWorld(async (world) => {
    await world.ledger.setKillSwitch("all", "INC-1", { by: "tester", how: "test" });
    const { sent, noticeSender } = mailbox();
    const { only } = await world.sweep("enforce", telling(), { noticeSender });
    assert.deepEqual(
      [sent.length, /changes are halted: INC-1/.test(messageOf(only, "ERR_NOTICE_UNAVAILABLE"))],
      [0, true],
    );
  }));

test("whoever was told and switched MFA off again is not told anew, and is changed when it was due", () =>
  inKnownWorld(async (world) => {
    const { sent, noticeSender } = mailbox();
    await world.sweep("enforce", telling(), { noticeSender });
    world.vendor.change(targetOf(world), { mfaEnabled: true });
    await sweepAt(world, 2 * DAY_MS, telling(), { noticeSender });
    world.vendor.change(targetOf(world), { mfaEnabled: false });
    const { only } = await sweepAt(world, 8 * DAY_MS, telling(), { noticeSender });
    assert.deepEqual([only.changes.enforced, sent.length], [1, 1]);
  }));

test("whether it is time is asked again at the moment of the change", () =>
  inKnownWorld(async (world) => {
    const { sent, noticeSender } = mailbox();
    await world.sweep("enforce", telling(), { noticeSender });
    const { run } = await sweepAt(world, 8 * DAY_MS, telling(), {
      noticeSender,
      ...whenPlanned(() => passTime(world, 3 * DAY_MS)),
    });
    assert.equal(changeCalls(world).length, 0);
    const { outcome, why } = await changeOf(world, run);
    assert.deepEqual([outcome, /due on/.test(why ?? ""), sent.length], ["refused", true, 1]);
  }));
