/** Whoever decides on plans hears that one waits, once; and the world outside hears what becomes of each. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { answerDecision, approvePlans } from "../../lib/approval/index.ts";
import { WardenError } from "../../lib/errors.ts";
import type { NoticeSender, PlanChanged, PlanNotice } from "../../lib/model/index.ts";
import { checkHealth } from "../../lib/run/index.ts";
import { inKnownWorld, messageOf, WORKFORCE } from "../sweep/known-world.ts";
import type { World } from "../world.ts";

const HOUR_MS = 3_600_000;
const JANE = { by: "jane@laptop", how: "test" };
const OFF = [1, 3, 5, 7, 9];
const POLICY = `
rules:
  - { name: early, match: { usernames: ["nobody*"] }, require: enabled }
  - { name: everyone, match: all, require: enabled }
limits: { changesPerRun: { count: 2, percent: 100 }, changesPerDay: 1000 }
approval: { approvers: [jane] }
notices: { by: folder }
notify: { plan: { to: [iam@example.com, ciso@example.com], link: "https://wiki.example.com/plans/{run}" } }
`;

function mailbox(fail: () => WardenError | undefined = () => undefined) {
  const sent: PlanNotice[] = [];
  const noticeSender: NoticeSender = {
    way: "folder",
    async send(notice) {
      const error = fail();
      if (error) throw error;
      if (notice.kind === "plan") sent.push(notice);
    },
  };
  return { sent, noticeSender };
}

const inOffWorld = (body: (world: World) => Promise<void>) => inKnownWorld(body, { off: OFF });
const planOf = async ({ ledger }: World, run: string) => (await ledger.readPlans(run))[0];

describe("the approvers of a plan that waits", () => {
  test("are told once, with counts, the commands, the link, and when it expires", () =>
    inOffWorld(async (world) => {
      const { sent, noticeSender } = mailbox();
      const { run, only } = await world.sweep("enforce", POLICY, { noticeSender });
      assert.equal(only.status, "awaiting-approval");
      const [notice, ...others] = sent;
      assert.ok(notice && others.length === 0);
      assert.deepEqual([notice.to, notice.run], [["iam@example.com", "ciso@example.com"], run]);
      assert.equal(notice.subject, "MFA: 5 changes wait for your approval");
      assert.match(notice.text, /- workforce: 5 to change \(everyone 5\)/);
      assert.ok(notice.text.includes(`approve ${run} --plan ${notice.hash}\n`));
      assert.ok(notice.text.includes(`https://wiki.example.com/plans/${run}`));
      assert.match(notice.text, /It expires on \d+ \w+ 20\d\d at \d\d:\d\d \(UTC\)\./);
      const told = (await world.ledger.readRun(run))?.run.told;
      assert.deepEqual([told?.status, told?.by], ["sent", "folder"]);
      // What they are told to approve is what an approval takes.
      const approved = await approvePlans(world.ports(POLICY), { run, hash: notice.hash, origin: JANE });
      assert.deepEqual(Object.keys(approved.plans), [WORKFORCE]);
    }));

  test("are told nothing where nothing waits, and of a sweep that only plans", () =>
    inOffWorld(async (world) => {
      const { sent, noticeSender } = mailbox();
      await world.sweep("enforce", POLICY.replace("count: 2", "count: 20"), { noticeSender });
      assert.equal(sent.length, 0);
      for (const index of OFF) world.vendor.change(world.vendor.account(index).id, { mfaEnabled: false });
      world.time.ahead = HOUR_MS;
      world.time.vendorAhead = HOUR_MS;
      const { run } = await world.sweep("plan", POLICY, { noticeSender });
      assert.deepEqual(
        sent.map((notice) => notice.run),
        [run],
      );
    }));

  test("who could not be told: the run goes on, says so, and keeps it on record", () =>
    inOffWorld(async (world) => {
      const { noticeSender } = mailbox(() => new WardenError("ERR_NOTICE_UNAVAILABLE", "It is down."));
      const { run, only } = await world.sweep("enforce", POLICY, { noticeSender });
      assert.equal(only.status, "awaiting-approval");
      const note = only.problems.find(({ code }) => code === "ERR_NOTICE_FAILED");
      assert.match(note?.message ?? "", /were not told that the plan of workforce waits \(ERR_NOTICE_UNAVAILABLE\)/);
      const recorded = await world.ledger.readRun(run);
      assert.equal(recorded?.run.told?.status, "failed");
      assert.ok(recorded?.directories[0]?.problems.some(({ code }) => code === "ERR_NOTICE_FAILED"));
    }));

  test("a way that is not there is a failure too", () =>
    inOffWorld(async (world) => {
      const { only } = await world.sweep("enforce", POLICY);
      assert.ok(only.problems.some(({ code }) => code === "ERR_NOTICE_FAILED"));
    }));

  test("are not told twice by a try that died after its message", () =>
    inOffWorld(async (world) => {
      const { sent, noticeSender } = mailbox();
      let saved = 0;
      const dying = async (...given: Parameters<typeof world.ledger.saveTold>) => {
        if (++saved === 2) throw new Error("killed");
        return world.ledger.saveTold(...given);
      };
      const { run, only } = await world.sweep("enforce", POLICY, {
        noticeSender,
        ledger: { ...world.ledger, saveTold: dying },
      });
      assert.equal(sent.length, 1);
      assert.match(messageOf(only, "ERR_NOTICE_FAILED"), /^Perhaps the approvers were not told .* workforce waits/);
      const told = (await world.ledger.readRun(run))?.run.told;
      assert.ok(told);
      assert.equal(told.status, "sending", "nobody knows whether it went out");
      assert.equal(await world.ledger.saveTold(run, { ...told, at: new Date().toISOString() }), false);
    }));
});

describe("what becomes of a plan", () => {
  const listening = (world: World) => {
    const heard: PlanChanged[] = [];
    const announcePlan = async (message: PlanChanged) => void heard.push(message);
    const sweep = (more = {}) => world.sweep("enforce", POLICY, { announcePlan, ...more } as object);
    return { heard, sweep, announcePlan, statuses: () => heard.map(({ run, status }) => `${run} ${status}`) };
  };

  test("is said once for each status: waiting, superseded, approved, applied", () =>
    inOffWorld(async (world) => {
      const { sweep, statuses, announcePlan, heard } = listening(world);
      const first = await sweep();
      const second = await sweep();
      const plan = await planOf(world, second.run);
      const hash = plan?.hash ?? "";
      let applies: unknown;
      const start = async ({ plans }: { plans: unknown }) => {
        applies = plans;
      };
      const body = JSON.stringify({ action: "approve", run: second.run, hash, note: "fine" });
      const ports = { ...world.ports(POLICY), start, announcePlan };
      const answer = await answerDecision(ports, "jane", body, AbortSignal.timeout(10_000));
      assert.equal(answer.status, 200, JSON.stringify(answer.body));
      assert.ok(applies);
      const wrong = JSON.stringify({ action: "approve", run: second.run, hash: "0".repeat(64) });
      await answerDecision(ports, "jane", wrong, AbortSignal.timeout(10_000));
      assert.deepEqual(statuses(), [
        `${first.run} waiting`,
        `${first.run} superseded`,
        `${second.run} waiting`,
        `${second.run} approved`,
      ]);
      const approved = heard.at(-1);
      assert.deepEqual(
        [approved?.directory, approved?.by, approved?.hash, approved?.changes],
        [WORKFORCE, "jane", hash, OFF.length],
      );
    }));

  test("is said of a rejected one, and of one that nobody decided on in time", () =>
    inOffWorld(async (world) => {
      const { sweep, heard, announcePlan } = listening(world);
      const first = await sweep();
      const ports = { ...world.ports(POLICY), start: async () => assert.fail("nothing is started"), announcePlan };
      const body = JSON.stringify({ action: "reject", run: first.run, note: "not today" });
      await answerDecision(ports, "jane", body, AbortSignal.timeout(10_000));
      assert.deepEqual([heard.at(-1)?.status, heard.at(-1)?.why], ["rejected", "not today"]);
      const second = await sweep();
      const later = { ...world.ports(POLICY), clock: () => Date.now() + 25 * HOUR_MS };
      const { expired } = await checkHealth(later);
      assert.deepEqual(
        expired.map(({ run, status }) => [run, status]),
        [[second.run, "expired"]],
      );
      assert.deepEqual((await checkHealth(later)).expired, [], "once");
    }));
});
