/** Notices to chats: in the form that the vendor documents, with foreign text that does no harm, and answers that are read. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { PlanRecord, TeamNotice } from "../../lib/model/index.ts";
import { composePlanNotice, composeTestNotice, slackSender, teamsSender } from "../../lib/notice/index.ts";
import { type Chat, startSlack, startTeams } from "./chats.ts";

const signal = AbortSignal.timeout(60_000);
const RUN = "01JDXYZ0000000000000000000";
const HOSTILE = "<!channel> @everyone <at>all</at> [click](https://evil.example) <https://evil.example|safe> & `x`";

const planOf = (directory: string): PlanRecord =>
  ({ directory, changes: 3, expiresAt: "2026-12-01T10:00:00.000Z" }) as PlanRecord;

function planNotice(directories = ["workforce"], rule = "everyone"): TeamNotice {
  return composePlanNotice(
    { to: ["chat"], link: "https://wiki.example.com/plans?a=1&run={run}|x" },
    {
      run: { run: RUN, origin: { by: HOSTILE, how: "test" } },
      hash: "ab".repeat(32),
      plans: directories.map(planOf),
      byRule: new Map(directories.map((id) => [id, { [rule]: 3 }])),
      at: "2026-11-28T10:00:00.000Z",
    },
    "UTC",
  );
}

const CHATS = [
  { way: "slack", start: startSlack, open: slackSender, taken: { status: 200, body: "ok" } },
  { way: "teams", start: startTeams, open: teamsSender, taken: { status: 202 } },
] as const;

for (const { way, start, open, taken } of CHATS)
  describe(way, () => {
    let chat: Chat;
    before(async () => {
      chat = await start();
    });
    after(() => chat.close());
    const waits: number[] = [];
    const senderTo = (value: unknown = { url: chat.url }) =>
      open({
        name: "iam-chat",
        secret: "iam-secret",
        secrets: { read: async () => ({ value, version: "1" }) },
        fetch,
        sleep: async (ms) => void waits.push(ms),
      });
    const failureOf = async (notice = planNotice()) =>
      senderTo()
        .send(notice, signal)
        .then(
          () => assert.fail("it was taken"),
          (error: unknown) => error as { code: string; message: string },
        );

    test("takes a notice of a plan, and a test message, as the vendor documents it", async () => {
      await senderTo().send(planNotice(), signal);
      await senderTo().send(composeTestNotice("1", ["iam-chat"]), signal);
      assert.deepEqual(chat.offences, []);
      const [plan = "", trial = ""] = chat.bodies.slice(-2);
      assert.ok(plan.includes(`approve ${RUN} --plan ${"ab".repeat(32)}`));
      assert.match(trial, /This is a test/);
    });

    test("takes one that is as long as a notice gets", async () => {
      const many = Array.from({ length: 500 }, (_, index) => `directory-${index}`);
      await senderTo().send(planNotice(many, "\u{1F600}&<".repeat(60)), signal);
      assert.deepEqual(chat.offences, []);
      assert.match(chat.bodies.at(-1) ?? "", /and 4\d\d more/);
    });

    test("makes no link and no mention of what is foreign", async () => {
      await senderTo().send(planNotice(["workforce"], HOSTILE), signal);
      const written = JSON.stringify(JSON.parse(chat.bodies.at(-1) ?? ""));
      for (const harm of ["<!channel", "@everyone", "<at>", "](http", "<https://evil", "https://evil"])
        assert.ok(!written.includes(harm), `${harm} in ${written}`);
      assert.ok(written.includes("wiki.example.com/plans?a=1"), "the policy's own link is one");
    });

    test("waits as long as it is asked to, and sends once more", async () => {
      waits.length = 0;
      chat.answerWith({ status: 429, headers: { "retry-after": "7" } }, taken);
      const sent = chat.bodies.length;
      await senderTo().send(planNotice(), signal);
      assert.deepEqual([chat.bodies.length - sent, waits], [2, [7_000]]);
    });

    test("sends nothing again where it is asked to wait for long, or is not told how long", async () => {
      for (const headers of [{ "retry-after": "3600" }, {}]) {
        chat.answerWith({ status: 429, headers });
        const sent = chat.bodies.length;
        assert.equal((await failureOf()).code, "ERR_NOTICE_UNAVAILABLE");
        assert.equal(chat.bodies.length - sent, 1);
      }
    });

    test("tells neither the address nor what the chat answered", async () => {
      for (const answer of [
        { status: 404, body: "no such hook hidden-key" },
        { status: 503, body: "hidden-key" },
        { status: 302, headers: { location: "https://evil.example/hidden-key" } },
      ]) {
        chat.answerWith(answer);
        const { code, message } = await failureOf();
        assert.equal(code, "ERR_NOTICE_UNAVAILABLE");
        assert.match(message, /^The receiver iam-chat .*\.$/);
        assert.ok(!/hidden-key|127\.0\.0\.1|evil/.test(message), message);
      }
    });

    test("that is not there is told by its name alone", async () => {
      const gone = await start();
      await gone.close();
      const error = await senderTo({ url: gone.url })
        .send(planNotice(), signal)
        .catch((thrown: unknown) => thrown);
      assert.match(Object(error).message, /^The receiver iam-chat cannot be reached: the connection was refused\.$/);
    });

    for (const value of [
      {},
      "https://hooks.example.com/x",
      { url: "http://hooks.example.com/x" },
      { url: "hidden-key" },
    ])
      test(`refuses the secret ${JSON.stringify(value)}, without telling it`, async () => {
        const error = await senderTo(value)
          .ready?.(signal)
          .catch((thrown: unknown) => thrown);
        assert.equal(Object(error).code, "ERR_SECRET_INVALID");
        assert.ok(!/hidden-key|hooks\.example/.test(Object(error).message));
      });
  });

describe("what Slack answers", () => {
  for (const [status, body, code, said] of [
    [400, "invalid_payload", "ERR_NOTICE_REJECTED", /does not understand/],
    [403, "action_prohibited", "ERR_NOTICE_UNAVAILABLE", /administrator/],
    [404, "channel_not_found", "ERR_NOTICE_UNAVAILABLE", /channel is gone/],
    [404, "no_service", "ERR_NOTICE_UNAVAILABLE", /make a new one/],
    [410, "channel_is_archived", "ERR_NOTICE_UNAVAILABLE", /archived/],
    [500, "rollup_error", "ERR_NOTICE_UNAVAILABLE", /rollup_error/],
    [200, "<html>sign in</html>", "ERR_NOTICE_UNAVAILABLE", /without ok/],
  ] as const)
    test(`${status} ${body}`, async () => {
      const chat = await startSlack();
      chat.answerWith({ status, body });
      const error = await slackTo(chat)
        .send(planNotice(), signal)
        .catch((thrown: unknown) => thrown);
      await chat.close();
      assert.equal(Object(error).code, code);
      assert.match(Object(error).message, said);
    });

  test("shows without a message whether it would take one", async () => {
    const chat = await startSlack();
    await slackTo(chat).probe?.(signal);
    assert.deepEqual(chat.bodies, ["{}"]);
    chat.answerWith({ status: 404, body: "no_service" }, { status: 200, body: "ok" });
    for (const said of [/no_service/, /answered 200/])
      await assert.rejects(async () => slackTo(chat).probe?.(signal), {
        code: "ERR_NOTICE_UNAVAILABLE",
        message: said,
      });
    await chat.close();
  });
});

const slackTo = ({ url }: Chat) =>
  slackSender({
    name: "iam",
    secret: "iam",
    secrets: { read: async () => ({ value: { url }, version: "1" }) },
    fetch,
    sleep: async () => undefined,
  });

test("the address of a Teams connector is refused: Microsoft has taken them away", async () => {
  const value = { url: "https://example.webhook.office.com/webhookb2/hidden-key" };
  const secrets = { read: async () => ({ value, version: "1" }) };
  const sender = teamsSender({ name: "iam", secret: "iam", secrets, fetch, sleep: async () => undefined });
  await assert.rejects(async () => sender.ready?.(signal), {
    code: "ERR_SECRET_INVALID",
    message: /connector.*workflow/,
  });
});
