/** What a command may rely on when a run cannot even begin: our own code and sentence, never the engine's. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ulid } from "ulid";
import { readInput } from "../../../cli/input/read-input.ts";
import { originOf } from "../../../cli/local/origin.ts";
import { sweepPorts } from "../../../cli/local/ports.ts";
import { clock, type Records } from "../../../cli/local/records.ts";
import { runHere } from "../../../cli/local/runner.ts";
import { keySigner } from "../../../cli/state/file-signer.ts";
import { s3Evidence } from "../../../lib/aws/bucket.ts";
import { sqsQueue } from "../../../lib/aws/queue.ts";
import { documentClient, dynamoLedger } from "../../../lib/ledger/index.ts";
import { openWorkspace, type Workspace } from "../workspace.ts";

let workspace: Workspace;
before(async () => {
  workspace = await openWorkspace({ accounts: 5 });
});
after(() => workspace.close());

/** Nobody listens on the port. */
function deaf(): Records {
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  const nowhere = { region: "us-east-1", endpoint: "http://127.0.0.1:9", credentials, maxAttempts: 1 };
  const client = documentClient(nowhere);
  return {
    ledger: dynamoLedger({ client, table: "mfa-warden", clock, ulid }),
    evidence: s3Evidence(nowhere, "evidence", "evidence"),
    signer: () => keySigner(() => assert.fail("nothing is signed")),
    queue: () => sqsQueue(nowhere, { url: "http://127.0.0.1:9/1/events", deadUrl: "http://127.0.0.1:9/1/dead" }),
    place: "nowhere",
    close: () => client.destroy(),
    stop: async () => {},
  };
}

test("a ledger that does not answer is named as such", async () => {
  const files = { policy: `${workspace.folder}/policy.yaml`, secrets: `${workspace.folder}/secrets.json` };
  const input = await readInput(files, clock, AbortSignal.timeout(10_000));
  const records = deaf();
  const ran = runHere(sweepPorts(input, records, { lease: 60, patience: 0 }), {
    mode: "plan",
    origin: originOf("sweep", false),
  });
  await assert.rejects(ran, { name: "WardenError", code: "ERR_LEDGER_UNAVAILABLE", message: /ledger/i });
  records.close();
  assert.equal(workspace.pingone.calls.length, 0);
});
