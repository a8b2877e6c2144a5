/** What a person may rely on of `replay`: what failed too often is shown, put back when told to, and then handled. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { joinStack } from "../../cli/state/stack.ts";
import { sqsQueue } from "../../lib/aws/queue.ts";
import { readRotation } from "../../lib/recheck/secret-rotation.ts";
import { drain } from "../recheck/events.ts";
import { atServedDesk, somebody } from "./served.ts";
import { until } from "./server.ts";
import { openDesk } from "./terminal.ts";

test("a message that fails five times is laid aside, and replay brings it back", () =>
  atServedDesk(async (desk) => {
    const id = somebody(desk);
    desk.pingone.change(id, { mfaEnabled: false });
    await desk.comeAgainAfter(1);
    desk.pingone.setFault({ kind: "error", status: 403, on: "user" });
    // By name, since looking for the id is what fails.
    const { stderr } = await desk.run("emit", `workforce/${desk.pingone.find(id)?.username}`);
    assert.equal(stderr, "");
    await desk.serving().line(/failed 5 times; it is with the dead letters now/);
    assert.equal(desk.serving().lines.filter((line) => line.includes('"did":"failed"')).length, 5);
    assert.equal(desk.puts(), 0);

    // SQS moves it when it would come a sixth time.
    const listed = await until(async () => {
      const { stdout } = await desk.run("replay");
      return stdout.includes(id) && stdout;
    }, "the dead letter");
    assert.match(listed, /0 put back, 1 kept, 0 that cannot be put back/);
    assert.match(listed, /Say --yes/);

    desk.pingone.clearFaults();
    const { code, stdout } = await desk.run("replay", "--yes");
    assert.equal(code, 0);
    assert.match(stdout, /1 put back, 0 kept/);
    await desk.serving().line(/"outcome":"enforced"/);
    const { events } = await desk.history(id);
    assert.equal(events.filter(({ outcome }) => outcome === "enforced").length, 1);
    assert.equal(desk.puts(), 1);
    assert.match((await desk.run("replay")).stdout, /There are no dead letters/);
    const elsewhere = await desk.run("replay", "--state", "elsewhere");
    assert.equal(elsewhere.code, 2);
    assert.match(elsewhere.stderr, /Nothing is recorded in elsewhere/);
  }));

test("the news of a rotated secret is shown and put back like any other message", async () => {
  const desk = await openDesk({ accounts: 1 });
  try {
    const { clients, queue: addresses } = await joinStack(
      join(desk.folder, ".mfa-warden"),
      AbortSignal.timeout(10_000),
    );
    const client = new SQSClient(clients.sqs);
    const arn = "arn:aws:secretsmanager:us-east-1:111111111111:secret:mfa-warden/test/firewalls-a1B2c3";
    const news = { id: "r-1", source: "aws.secretsmanager", "detail-type": "Secret Label Updated", resources: [arn] };
    const MessageBody = JSON.stringify({ ...news, time: "2026-11-22T10:00:00Z", detail: {} });
    await client.send(new SendMessageCommand({ QueueUrl: addresses.deadUrl, MessageBody }));
    client.destroy();

    const listed = (await desk.run("replay")).stdout;
    assert.match(listed, /a secret has a new version: mfa-warden\/test\/firewalls-a1B2c3/);
    assert.match(listed, /2026-11-22T10:00:00Z/);
    assert.match(listed, /0 put back, 1 kept, 0 that cannot be put back/);
    assert.match((await desk.run("replay", "--yes")).stdout, /1 put back, 0 kept/);
    const [back] = await drain(sqsQueue(clients.sqs, addresses));
    assert.deepEqual(readRotation(back?.body ?? ""), { id: "r-1", arn });
  } finally {
    await desk.close();
  }
});
