/** What a person may rely on of `replay`: what failed too often is shown, put back when told to, and then handled. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { SendMessageCommand, SQSClient } from "@aws-sdk/client-sqs";
import { joinStack } from "../../cli/state/stack.ts";
import { sqsQueue } from "../../lib/aws/queue.ts";
import { readRotation } from "../../lib/recheck/secret-rotation.ts";
import { until } from "../processes.ts";
import { drain } from "../recheck/events.ts";
import { makeActiveUser, withServe } from "./served.ts";
import { openWorkspace } from "./workspace.ts";

test("a message that fails five times is laid aside, and replay brings it back", () =>
  withServe(async (workspace) => {
    const id = makeActiveUser(workspace);
    workspace.pingone.change(id, { mfaEnabled: false });
    await workspace.comeAgainAfter(1);
    workspace.pingone.setFault({ kind: "error", status: 403, on: "user" });
    // By name, since looking for the id is what fails.
    const { stderr } = await workspace.run("emit", `workforce/${workspace.pingone.find(id)?.username}`);
    assert.equal(stderr, "");
    await workspace.serving().line(/failed 5 times; it is with the dead letters now/);
    assert.equal(workspace.serving().lines.filter((line) => line.includes('"did":"failed"')).length, 5);
    assert.equal(workspace.puts(), 0);

    // SQS moves it when it would come a sixth time.
    const listed = await until(async () => {
      const { stdout } = await workspace.run("replay");
      return stdout.includes(id) && stdout;
    }, "the dead letter");
    assert.match(listed, /0 put back, 1 kept, 0 that cannot be put back/);
    assert.match(listed, /Say --yes/);

    workspace.pingone.clearFaults();
    const { code, stdout } = await workspace.run("replay", "--yes");
    assert.equal(code, 0);
    assert.match(stdout, /1 put back, 0 kept/);
    await workspace.serving().line(/"outcome":"enforced"/);
    const { events } = await workspace.history(id);
    assert.equal(events.filter(({ outcome }) => outcome === "enforced").length, 1);
    assert.equal(workspace.puts(), 1);
    assert.match((await workspace.run("replay")).stdout, /There are no dead letters/);
    const elsewhere = await workspace.run("replay", "--state", "elsewhere");
    assert.equal(elsewhere.code, 2);
    assert.match(elsewhere.stderr, /Nothing is recorded in \/\S+\/elsewhere/);
  }));

test("the news of a rotated secret is shown and put back like any other message", async () => {
  const workspace = await openWorkspace({ accounts: 1 });
  try {
    const { clients, queue: addresses } = await joinStack(
      join(workspace.folder, ".mfa-warden"),
      AbortSignal.timeout(10_000),
    );
    const client = new SQSClient(clients.sqs);
    const arn = "arn:aws:secretsmanager:us-east-1:111111111111:secret:mfa-warden/test/firewalls-a1B2c3";
    const news = { id: "r-1", source: "aws.secretsmanager", "detail-type": "Secret Label Updated", resources: [arn] };
    const MessageBody = JSON.stringify({ ...news, time: "2026-11-22T10:00:00Z", detail: {} });
    await client.send(new SendMessageCommand({ QueueUrl: addresses.deadUrl, MessageBody }));
    client.destroy();

    const listed = (await workspace.run("replay")).stdout;
    assert.match(listed, /a secret has a new version: mfa-warden\/test\/firewalls-a1B2c3/);
    assert.match(listed, /2026-11-22T10:00:00Z/);
    assert.match(listed, /0 put back, 1 kept, 0 that cannot be put back/);
    assert.match((await workspace.run("replay", "--yes")).stdout, /1 put back, 0 kept/);
    const [back] = await drain(sqsQueue(clients.sqs, addresses));
    assert.deepEqual(readRotation(back?.body ?? ""), { id: "r-1", arn });
  } finally {
    await workspace.close();
  }
});
