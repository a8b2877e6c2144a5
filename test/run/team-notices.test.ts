/** A team hears of a run that ended badly, once for as long as the same is so, and hears when it is over. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { WardenError } from "../../lib/errors.ts";
import { inKnownWorld, passTime } from "../sweep/known-world.ts";
import type { World } from "../world.ts";
import { type TeamMailbox, teamMailbox } from "./team-mailbox.ts";

const POLICY = `
rules: [{ name: everyone, match: all, require: enabled }]
notify:
  receivers: { iam: { by: slack }, soc: { by: teams } }
  run: { to: [iam, soc], link: "https://wiki.example.com/{run}" }
`;
const sweep = (world: World, { receivers }: TeamMailbox, more: object = {}) =>
  world.sweep("plan", POLICY, { receivers, ...more } as object);

/** Takes the vendor's credential away until it is given back. */
function spoilSecret(world: World): () => void {
  const right = world.secrets.get("workforce");
  assert.ok(right);
  world.secrets.set("workforce", { value: { ...Object(right.value), clientSecret: "wrong" }, version: "2" });
  return () => world.secrets.set("workforce", right);
}

const inWorld = (body: (world: World) => Promise<void>) => inKnownWorld(body, { off: [], pageSize: 5 });

describe("a team that is told of runs", () => {
  test("hears of one that failed, not of the next that failed alike, and that sweeps end well again", () =>
    inWorld(async (world) => {
      const mail = teamMailbox(["iam", "soc"]);
      await sweep(world, mail);
      assert.deepEqual(mail.take("iam"), [], "one that ended well is told to nobody");
      const restore = spoilSecret(world);
      const { run, status } = await sweep(world, mail);
      assert.equal(status, "failed");
      const [notice, ...more] = mail.take("iam");
      assert.ok(notice && more.length === 0);
      assert.deepEqual([notice.kind, notice.run, notice.subject], ["run", run, "MFA: a run ended as failed"]);
      assert.match(notice.parts.items.join(), /^workforce: failed: ERR_VENDOR_AUTH, /);
      assert.match(notice.text, /docs\/runbook\.md, ERR_VENDOR_AUTH/);
      assert.equal(notice.link, `https://wiki.example.com/${run}`);
      assert.equal(mail.take("soc").length, 1, "each receiver");
      await sweep(world, mail);
      assert.deepEqual(mail.take("iam"), []);
      restore();
      await sweep(world, mail);
      assert.deepEqual(
        mail.take("iam").map(({ subject, parts }) => [subject, parts.items]),
        [["MFA: sweeps end well again", ["workforce: ends well again"]]],
      );
      await sweep(world, mail);
      assert.deepEqual(mail.take("iam"), []);
    }));

  test("hears of it when the next fails for another reason", () =>
    inWorld(async (world) => {
      const mail = teamMailbox(["iam", "soc"]);
      const restore = spoilSecret(world);
      await sweep(world, mail);
      mail.take("iam");
      restore();
      world.vendor.setFault({ kind: "lost-page", on: "users", nth: 2 });
      const { status } = await sweep(world, mail);
      assert.equal(status, "incomplete");
      assert.match(mail.take("iam")[0]?.parts.items.join() ?? "", /^workforce: incomplete: ERR_READ_/);
    }));

  test("whoever could not be reached is in a note, and told by the next run; nobody else is told twice", () =>
    inWorld(async (world) => {
      let isDown = true;
      const gone = new WardenError("ERR_NOTICE_UNAVAILABLE", "The receiver soc says that its channel is archived.");
      const mail = teamMailbox(["iam", "soc"], (name) => (isDown && name === "soc" ? gone : undefined));
      spoilSecret(world);
      const { run, only } = await sweep(world, mail);
      const note = only.problems.find(({ code }) => code === "ERR_NOTICE_FAILED");
      assert.match(note?.message ?? "", /^soc was not told .* workforce .*\. The receiver soc says that its channel/);
      const recorded = await world.ledger.readRun(run);
      assert.ok(recorded?.directories[0]?.problems.some(({ code }) => code === "ERR_NOTICE_FAILED"));
      isDown = false;
      await sweep(world, mail);
      assert.deepEqual([mail.take("iam").length, mail.take("soc").length], [1, 1]);
    }));

  test("is not told twice by a run that died after its message", () =>
    inWorld(async (world) => {
      const mail = teamMailbox(["iam", "soc"]);
      spoilSecret(world);
      const dying = async (...given: Parameters<typeof world.ledger.saveTeamNotice>) => {
        if (given[2].status === "sent") throw new Error("killed");
        return world.ledger.saveTeamNotice(...given);
      };
      await sweep(world, mail, { ledger: { ...world.ledger, saveTeamNotice: dying } });
      assert.equal(mail.take("iam").length, 1);
      await sweep(world, mail);
      assert.equal(mail.take("iam").length, 0);
    }));

  test("what a run had claimed that died is told by a later one, be it twice", () =>
    inWorld(async (world) => {
      const mail = teamMailbox(["iam", "soc"]);
      spoilSecret(world);
      const dying = async (...given: Parameters<typeof world.ledger.saveTeamNotice>) => {
        await world.ledger.saveTeamNotice(...given);
        throw new Error("killed");
      };
      await sweep(world, mail, { ledger: { ...world.ledger, saveTeamNotice: dying } });
      assert.equal(mail.take("iam").length, 0);
      await sweep(world, mail);
      assert.equal(mail.take("iam").length, 0, "somebody may be about to tell it");
      passTime(world, 20 * 60_000);
      await sweep(world, mail);
      assert.equal(mail.take("iam").length, 1);
      passTime(world, 40 * 60_000);
      await sweep(world, mail);
      assert.equal(mail.take("iam").length, 0);
    }));

  test("what a run had claimed that died is kept for the next where the receiver is down", () =>
    inWorld(async (world) => {
      let isDown = true;
      const gone = new WardenError("ERR_NOTICE_UNAVAILABLE", "The receiver is down.");
      const mail = teamMailbox(["iam", "soc"], () => (isDown ? gone : undefined));
      spoilSecret(world);
      const dying = async (...given: Parameters<typeof world.ledger.saveTeamNotice>) => {
        await world.ledger.saveTeamNotice(...given);
        throw new Error("killed");
      };
      await sweep(world, mail, { ledger: { ...world.ledger, saveTeamNotice: dying } });
      passTime(world, 20 * 60_000);
      await sweep(world, mail);
      isDown = false;
      await sweep(world, mail);
      assert.equal(mail.take("iam").length, 1);
    }));

  test("a run ends the same where the ledger cannot say what was told, and has a note", () =>
    inWorld(async (world) => {
      const mail = teamMailbox(["iam", "soc"]);
      const readTeamNotices = async () => Promise.reject(new WardenError("ERR_LEDGER_UNAVAILABLE", "It is down."));
      const { status, only } = await sweep(world, mail, { ledger: { ...world.ledger, readTeamNotices } });
      assert.equal(status, "completed");
      const note = only.problems.find(({ code }) => code === "ERR_NOTICE_FAILED");
      assert.match(note?.message ?? "", /^Perhaps not everybody was told .* \(ERR_LEDGER_UNAVAILABLE\)/);
    }));
});
