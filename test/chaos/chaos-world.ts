/** One world drawn from a seed: three vendors, their people, a policy, and the services that everything is kept in. */
import { generateKeyPairSync } from "node:crypto";
import { CreateQueueCommand, SQSClient } from "@aws-sdk/client-sqs";
import { s3Evidence } from "../../lib/aws/bucket.ts";
import { type Client, createTable, documentClient, dynamoLedger } from "../../lib/ledger/index.ts";
import type { Evidence, Ledger } from "../../lib/model/index.ts";
import type { Policy } from "../../lib/policy/schema.ts";
import { type PingOne, startPingOne } from "../../simulators/pingone/index.ts";
import { type Strata, startStrata } from "../../simulators/strata/index.ts";
import { startVmware, type Vmware } from "../../simulators/vmware-csp/index.ts";
import { LOCAL_AWS } from "../aws/loopback.ts";
import { strataDirectory } from "../directories/strata/fixture.ts";
import { compile, directoryYaml } from "../world.ts";
import type { ActorOptions } from "./actor.ts";
import type { Chance } from "./chance.ts";
import { type FaultyProxy, startFaultyProxy } from "./faulty-proxy.ts";

/** The services of a whole campaign; each world has a table and a queue of its own in them. */
export interface Services {
  readonly dynamodb: string;
  /** With SQS beside it. */
  readonly s3: string;
}

export interface Limits {
  readonly perRun: number;
  readonly perDay: number;
}

/** What the oracle must know of the policy, drawn before its text is written. */
export interface Wanted {
  readonly exempt: ReadonlySet<string>;
  readonly breakGlass: ReadonlySet<string>;
  /** Nothing in it is changed. */
  readonly untouchedPopulation: string | undefined;
  /** What a rule requires of user names that end so. */
  readonly administrators: "enabled" | "registered";
  readonly withoutDevice: "skip" | "enforce";
  /** VMware is one of the directories. Its passcodes may be used once in 30 seconds, so that each sweep takes as long. */
  readonly vmware: boolean;
  readonly limits: Limits;
}

export interface ChaosWorld {
  readonly chance: Chance;
  /** How far the vendors' clocks are ahead, in ms. */
  readonly time: { ahead: number };
  readonly pingone: PingOne;
  readonly vmware: Vmware;
  readonly strata: Strata;
  readonly ids: readonly string[];
  /** Who was switched off while a claim was open: once for each time. */
  readonly undone: string[];
  readonly wanted: Wanted;
  readonly wishes: number;
  readonly proxies: readonly FaultyProxy[];
  /** As the parent sees it, past every fault. */
  readonly ledger: Ledger;
  readonly evidence: Evidence;
  readonly policy: (limits: Limits) => Policy;
  readonly actorOptions: (skewMs: number, policy: Policy) => Omit<ActorOptions, "realEngine">;
  readonly direct: ActorOptions["endpoints"];
  readonly queue: ActorOptions["queue"];
  close(): Promise<void>;
}

const BUCKET = "evidence";
const WISHES = 3;
const ADMIN_SUFFIX = "-adm@example.com";
export const LEASE_SECONDS = 2;

export async function startChaosWorld(services: Services, chance: Chance, name: string): Promise<ChaosWorld> {
  const accounts = chance.between(12, 40);
  const time = { ahead: 0 };
  const now = () => Date.now() + time.ahead;
  const [pingone, vmware, strata] = await Promise.all([
    startPingOne({ accounts, pageSize: chance.between(5, 15), seed: chance.between(1, 1e6), now }),
    startVmware({ users: chance.between(0, 6), seed: chance.between(1, 1e6), principals: principalsOf(chance), now }),
    startStrata({ profiles: WISHES, now }),
  ]);
  const ids = Array.from({ length: accounts }, (_, index) => pingone.account(index).id);
  peopleOf(pingone, ids, chance);
  if (chance.happens(0.5)) strata.edit(strata.wish(0).name, { mfa_cert_profile: "another" });
  const wanted = wantedOf(pingone, ids, chance);
  const client = documentClient({ ...LOCAL_AWS, endpoint: services.dynamodb });
  await createTable(client, name, AbortSignal.timeout(10_000));
  const queue = await createQueues(services.s3, name);
  const troubled = await startProxies(services, chance);
  const policy = (limits: Limits) => compile(textOf({ pingone, vmware, strata, wanted, limits }));
  const { privateKey } = generateKeyPairSync("ed25519");
  const signingKey = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  return {
    chance,
    time,
    pingone,
    vmware,
    strata,
    ids,
    undone: [],
    wanted,
    wishes: WISHES,
    proxies: troubled.all,
    ...storesOf(client, services, name),
    policy,
    queue,
    direct: { dynamodb: services.dynamodb, s3: services.s3, sqs: services.s3 },
    actorOptions: (skewMs, compiled) => ({
      endpoints: troubled.endpoints,
      table: name,
      bucket: BUCKET,
      queue,
      secrets: {
        workforce: pingone.credentials,
        vmware: vmware.credentials,
        firewalls: strataDirectory(strata, WISHES).secret,
      },
      policy: compiled,
      signingKey,
      leaseSeconds: LEASE_SECONDS,
      readBackTimeoutMs: 600,
      skewMs,
    }),
    async close() {
      client.destroy();
      await Promise.all([pingone, vmware, strata, ...troubled.all].map((server) => server.close()));
    },
  };
}

const principalsOf = (chance: Chance) => [
  { username: "ops@example.com", turnedOn: chance.happens(0.3) },
  { username: "ci@example.com", turnedOn: chance.happens(0.3), activated: chance.happens(0.7) },
];

const DEVICES = [
  [{ type: "TOTP", status: "ACTIVE" }],
  [{ type: "FIDO2", status: "ACTIVE" }],
  [
    { type: "SMS", status: "ACTIVE" },
    { type: "TOTP", status: "BLOCKED" },
  ],
  [{ type: "TOTP", status: "ACTIVATION_REQUIRED" }],
  [],
];

function peopleOf(pingone: PingOne, ids: readonly string[], chance: Chance): void {
  for (const [index, id] of ids.entries())
    pingone.change(id, {
      username: `person.${index}${chance.happens(0.15) ? ADMIN_SUFFIX : "@example.com"}`,
      enabled: chance.happens(0.92),
      mfaEnabled: chance.happens(0.5),
      devices: chance.happens(0.75) ? (DEVICES[0] ?? []) : chance.pick(DEVICES),
    });
}

function wantedOf(pingone: PingOne, ids: readonly string[], chance: Chance): Wanted {
  const exempt = new Set(chance.some(ids, 0.06));
  const breakGlass = new Set(chance.some(ids, 0.06).filter((id) => !exempt.has(id)));
  return {
    exempt,
    breakGlass,
    untouchedPopulation: chance.happens(0.4) ? chance.pick(pingone.populations).id : undefined,
    administrators: chance.pick(["enabled", "registered"] as const),
    withoutDevice: chance.happens(0.25) ? "enforce" : "skip",
    vmware: chance.happens(0.05),
    limits: { perRun: chance.between(2, 30), perDay: chance.between(4, 40) },
  };
}

async function createQueues(endpoint: string, name: string): Promise<ActorOptions["queue"]> {
  const sqs = new SQSClient({ ...LOCAL_AWS, endpoint });
  const make = async (QueueName: string) => {
    const { QueueUrl = "" } = await sqs.send(
      new CreateQueueCommand({ QueueName, Attributes: { VisibilityTimeout: "2" } }),
    );
    return QueueUrl;
  };
  try {
    return { url: await make(name), deadUrl: await make(`${name}-dead`) };
  } finally {
    sqs.destroy();
  }
}

async function startProxies({ dynamodb, s3 }: Services, chance: Chance) {
  const probability = () => chance.pick([0, 0.02, 0.05, 0.15]);
  const [dynamo, bucket, queue] = await Promise.all([
    startFaultyProxy("dynamodb", dynamodb, chance, probability()),
    startFaultyProxy("s3", s3, chance, probability()),
    startFaultyProxy("sqs", s3, chance, probability()),
  ]);
  return {
    all: [dynamo, bucket, queue],
    endpoints: { dynamodb: dynamo.address, s3: bucket.address, sqs: queue.address },
  };
}

function storesOf(client: Client, { s3 }: Services, table: string): Pick<ChaosWorld, "ledger" | "evidence"> {
  let count = 0;
  return {
    ledger: dynamoLedger({
      client,
      table,
      clock: Date.now,
      ulid: () => `PARENT${++count}`,
      leaseSeconds: LEASE_SECONDS,
    }),
    evidence: s3Evidence({ ...LOCAL_AWS, endpoint: s3, forcePathStyle: true }, BUCKET, "chaos"),
  };
}

interface PolicyParts extends Pick<ChaosWorld, "pingone" | "vmware" | "strata" | "wanted"> {
  readonly limits: Limits;
}

/** JSON is YAML too. */
function textOf({ pingone, vmware, strata, wanted, limits }: PolicyParts): string {
  const { exempt, breakGlass, untouchedPopulation: untouched, administrators, withoutDevice } = wanted;
  const account = (id: string) => ({ id: `workforce/${id}`, username: pingone.find(id)?.username });
  const rest = {
    rules: [
      ...(untouched === undefined
        ? []
        : [
            {
              name: "untouched",
              match: { populations: [`workforce/${untouched}`] },
              require: "enabled",
              enforce: "never",
            },
          ]),
      { name: "administrators", match: { usernames: [`*${ADMIN_SUFFIX}`] }, require: administrators, withoutDevice },
      { name: "everyone", match: "all", require: "enabled", withoutDevice },
    ],
    exemptions: [...exempt].map((id) => ({
      account: account(id),
      reason: "Key on order",
      ticket: "SEC-1",
      owner: "helpdesk@example.com",
      approvedBy: "ciso@example.com",
      control: "Only from the office network",
      from: "2026-01-01",
      until: "2099-12-31",
    })),
    ...(breakGlass.size > 0 ? { breakGlass: [...breakGlass].map(account) } : {}),
    administrators: [{ usernames: `*${ADMIN_SUFFIX}` }],
    approval: { approvers: ["jane"] },
    limits: {
      changesPerRun: { count: limits.perRun, percent: 100 },
      changesPerDay: limits.perDay,
      changesPerAccount: 100,
      exemptionDays: 100_000,
      exemptions: { percent: 100 },
    },
  };
  const neighbours = [
    wanted.vmware && {
      id: "vmware",
      vendor: "vmware-csp",
      mode: "enforce",
      principals: ["ops@example.com", "ci@example.com"].map((username) => ({ username, allowTokenLoss: true })),
      endpoints: vmware.endpoints,
    },
    { id: "firewalls", vendor: "strata", mode: "enforce", ...strataDirectory(strata, WISHES).settings },
  ].filter((one) => one !== false);
  const lines = Object.entries(rest).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
  return `version: 1\ndirectories:${directoryYaml(pingone)}\n${neighbours.map((one) => `  - ${JSON.stringify(one)}`).join("\n")}\n${lines.join("\n")}\n`;
}
