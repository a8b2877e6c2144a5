/** What may be relied on of secrets, the signing key, the event bus and e-mail, on moto: `npm run test:aws`. */
import assert from "node:assert/strict";
import { createPublicKey, verify } from "node:crypto";
import { before, describe, test } from "node:test";
import {
  CreateEventBusCommand,
  EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
} from "@aws-sdk/client-eventbridge";
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import { ulid } from "ulid";
import { eventBus, planBus, reportBus } from "../../../lib/aws/event-bus.ts";
import { kmsSigner } from "../../../lib/aws/kms-signer.ts";
import { sqsQueue } from "../../../lib/aws/queue.ts";
import { managedSecrets, SECRET_CACHE_MS, storedSecrets } from "../../../lib/aws/secrets.ts";
import { sesSender } from "../../../lib/aws/ses.ts";
import type { Notice, PlanChanged, ReportCompleted, RunCompleted } from "../../../lib/model/index.ts";
import { until } from "../../processes.ts";
import { drain } from "../../recheck/events.ts";
import { LOCAL_AWS } from "../loopback.ts";
import { openStores } from "../stores.ts";
import { askMoto, queryMoto } from "./ask-moto.ts";

const endpoint = process.env.MFA_WARDEN_TEST_AWS ?? "";
const skip = endpoint === "" ? "moto is started by `npm run test:aws`" : false;
const config = { ...LOCAL_AWS, endpoint };
const signal = AbortSignal.timeout(120_000);
const unique = ulid().toLowerCase();

describe("secrets", { skip }, () => {
  const prefix = `mfa-warden/${unique}/`;
  const client = new SecretsManagerClient(config);
  const store = (name: string, SecretString: string) =>
    client.send(new CreateSecretCommand({ Name: prefix + name, SecretString }));
  const secrets = storedSecrets(config, prefix);

  test("a secret is read with its version, and a rotated one has another", async () => {
    const { VersionId: first } = await store("workforce", '{"clientId":"a"}');
    const read = () => secrets.read("workforce", "workforce", signal);
    assert.deepEqual(await read(), { value: { clientId: "a" }, version: first });
    const next = new PutSecretValueCommand({ SecretId: `${prefix}workforce`, SecretString: '{"clientId":"b"}' });
    const { VersionId: second } = await client.send(next);
    assert.deepEqual(await read(), { value: { clientId: "b" }, version: second });
    assert.notEqual(first, second);
  });

  test("a kept secret is read again when its time is over, or when it is forgotten", async () => {
    let now = Date.now();
    const kept = managedSecrets(config, prefix, () => now);
    await store("kept", '"a"');
    const read = async () => (await kept.read("workforce", "kept", signal)).value;
    const rotate = (SecretString: string) =>
      client.send(new PutSecretValueCommand({ SecretId: `${prefix}kept`, SecretString }));
    assert.equal(await read(), "a");
    await rotate('"b"');
    assert.equal(await read(), "a");
    now += SECRET_CACHE_MS;
    assert.equal(await read(), "b");
    await rotate('"c"');
    kept.forget("kept");
    assert.equal(await read(), "c");
  });

  test("one that is not there, is being deleted, has no text or is not JSON is told apart from one that cannot be read", async () => {
    const read = (name: string) => secrets.read("workforce", name, signal);
    await assert.rejects(read("nobody"), { code: "ERR_SECRET_MISSING" });
    await store("deleted", "{}");
    await client.send(new DeleteSecretCommand({ SecretId: `${prefix}deleted` }));
    await assert.rejects(read("deleted"), { code: "ERR_SECRET_MISSING" });
    await client.send(new CreateSecretCommand({ Name: `${prefix}binary`, SecretBinary: new Uint8Array([1]) }));
    await assert.rejects(read("binary"), { code: "ERR_SECRET_MISSING" });
    await store("words", "hunter2");
    await assert.rejects(read("words"), (error: Error & { code?: string }) => {
      assert.equal(error.code, "ERR_SECRET_INVALID");
      assert.doesNotMatch(`${error.message}${error.stack}`, /hunter2/);
      return true;
    });
  });
});

describe("the signing key", { skip }, () => {
  let keyId = "";
  before(async () => {
    const asked = { KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY" };
    const { KeyMetadata } = await askMoto(config, "kms", "TrentService.CreateKey", asked);
    keyId = KeyMetadata.KeyId;
    await askMoto(config, "kms", "TrentService.CreateAlias", { AliasName: `alias/${unique}`, TargetKeyId: keyId });
  });

  test("what it signs is verified by its public key, by id, ARN and alias", async () => {
    const { KeyMetadata } = await askMoto(config, "kms", "TrentService.DescribeKey", { KeyId: keyId });
    for (const name of [keyId, KeyMetadata.Arn, `alias/${unique}`]) {
      const signer = kmsSigner(config, name, Date.now);
      for (const bytes of [new Uint8Array(0), new Uint8Array(1), new Uint8Array(100_000).fill(7)]) {
        const signature = await signer.sign(bytes, signal);
        assert.ok(verify("sha256", bytes, createPublicKey(await signer.publicKey(signal)), signature));
      }
    }
  });

  test("a key that is not there, is disabled or is of another kind signs nothing, and its name is told", async () => {
    const create = async (asked: object) =>
      String((await askMoto(config, "kms", "TrentService.CreateKey", asked)).KeyMetadata.KeyId);
    const sign = (name: string) => kmsSigner({ ...config, maxAttempts: 1 }, name, Date.now).sign(bytes, signal);
    const bytes = new Uint8Array(10);
    const refused = { code: "ERR_SIGNER_UNAVAILABLE" };
    await assert.rejects(sign("11111111-2222-4333-8444-555555555555"), { ...refused, message: /NotFoundException/ });
    await assert.rejects(sign(`alias/${unique}-gone`), { ...refused, message: /NotFoundException/ });
    for (const asked of [{}, { KeySpec: "RSA_2048", KeyUsage: "SIGN_VERIFY" }])
      await assert.rejects(sign(await create(asked)), refused);
  });
});

describe("the event bus", { skip }, () => {
  const bus = `warden-${unique}`;
  const done: RunCompleted = {
    run: "01J",
    mode: "enforce",
    status: "completed",
    heads: [{ directory: "workforce", hash: "ab" }],
  };

  test("what is said on it comes to who listens to its kind, word for word", async () => {
    const stores = await openStores();
    const queue = sqsQueue(config, stores.queue);
    const client = new EventBridgeClient(config);
    await client.send(new CreateEventBusCommand({ Name: bus }));
    const pattern = JSON.stringify({ source: ["mfa-warden"], "detail-type": ["run.completed", "report.completed"] });
    const rule = { Name: "runs", EventBusName: bus };
    await client.send(new PutRuleCommand({ ...rule, EventPattern: pattern }));
    const [account, name] = stores.queue.url.split("/").slice(-2);
    const Arn = `arn:aws:sqs:us-east-1:${account}:${name}`;
    await client.send(new PutTargetsCommand({ Rule: "runs", EventBusName: bus, Targets: [{ Id: "queue", Arn }] }));

    const { mode: _, ...ended } = done;
    const link = "https://example.com/?a=b&c=é";
    const report: ReportCompleted = { ...ended, link, expires: "2026-12-05T13:00:00.000Z", incomplete: [] };
    const plan: PlanChanged = {
      run: "01J",
      directory: "workforce",
      status: "waiting",
      hash: "ab",
      changes: 1,
      expiresAt: "2026-12-05T13:00:00.000Z",
    };
    await eventBus(config, bus)(done, signal);
    await planBus(config, bus)(plan, signal);
    await reportBus(config, bus)(report, signal);
    const heard = (await drain(queue)).map(({ body }) => JSON.parse(body));
    assert.deepEqual(
      heard.map(({ source, detail, "detail-type": type }) => [source, type, detail]),
      [
        ["mfa-warden", "run.completed", done],
        ["mfa-warden", "report.completed", report],
      ],
    );
    client.destroy();
  });

  test("a bus that is not there is told", async () => {
    const announce = eventBus({ ...config, maxAttempts: 1 }, `${bus}-gone`);
    await assert.rejects(announce(done, signal), { code: "ERR_BUS_UNAVAILABLE" });
  });
});

/** As moto keeps it. */
interface SentMail {
  readonly source: string;
  readonly subject: string;
  readonly body: string;
  readonly destinations: { readonly ToAddresses: readonly string[] };
}

/** moto's own page fails while another test changes what it lists. */
const sentMail = (): Promise<readonly SentMail[]> =>
  until(async () => {
    const answer = await fetch(`${endpoint}/moto-api/data.json`);
    const text = await answer.text();
    return answer.ok && JSON.parse(text).ses.Message;
  }, "moto's list of mail");

describe("e-mail", { skip }, () => {
  const domain = `${unique}.example.com`;
  const notice: Notice = {
    id: "1",
    kind: "first",
    directory: "workforce",
    account: { id: "u1", username: "jane", email: `jane@${domain}` },
    subject: "MFA für jane",
    text: "Hello\n\n– é 👩\n",
    due: "2026-12-05T13:00:00.000Z",
  };
  const sender = (from: string) => sesSender(LOCAL_AWS, { from, clock: Date.now, endpoint });

  test("a notice goes out as it was written, from a verified sender alone", async () => {
    const from = `security@${domain}`;
    await assert.rejects(sender(from).send(notice, signal), { code: "ERR_NOTICE_REJECTED" });
    await queryMoto(config, "ses", { Action: "VerifyEmailIdentity", EmailAddress: from });
    await sender(from).send(notice, signal);
    const sent = (await sentMail()).filter(({ source }) => source === from);
    assert.deepEqual(
      sent.map(({ subject, body, destinations }) => [subject, body, destinations.ToAddresses]),
      [[notice.subject, notice.text, [`jane@${domain}`]]],
    );
  });
});
