/** What a good policy file compiles to, and that it survives the way to Lambda. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { hashPolicy, type Policy, readCompiled } from "../../lib/policy/schema.ts";
import { parsePolicy } from "../../lib/policy-file/index.ts";
import { policyOf, vendors, written } from "../policy/samples.ts";

const DAY = 86_400_000;
const FULL = `# yaml-language-server: $schema=./policy.schema.json
version: 1
timezone: Europe/Berlin
directories:
  - id: workforce
    vendor: pingone
    environment: abfba8f6-49eb-49f5-a5d9-80ad5c98f9f6
    region: com.au
    mode: enforce
    secret: prod/ping
    endpoints: { api: "http://127.0.0.1:8080/v1", auth: https://auth.example.com }
rules:
  - name: break-glass
    match: { accounts: [ { id: workforce/05ad3cc6, username: bg1@example.com } ] }
    require: phishing-resistant
    enforce: never
  - name: service
    match: { groups: [workforce/7e0d1b7c] }
    require: none
    reason: No person signs in
  - name: admins
    match: { populations: [workforce/4f2c], usernames: ["*-adm@example.com"] }
    require: registered
    enrolWithin: 36h
  - name: everyone
    match: all
    require: enabled
    grace: 7d
    from: 2026-10-01
    withoutDevice: enforce
exemptions:
  - account: { id: workforce/0d6c, username: jane@example.com }
    reason: Hardware key on order
    ticket: SEC-1234
    approvedBy: ciso@example.com
    control: Sign-in limited to the office network
    owner: iam@example.com
    from: 2026-10-20
    until: 2026-10-25
    covers: [unknown]
limits:
  changesPerRun: { count: 50 }
  exemptions: { percent: 0.5 }
deploy:
  region: eu-central-1
  account: "111122223333"
  schedules: [{ cron: 0 3 * * ? *, timezone: UTC, directories: [workforce] }]
  logRetentionDays: 90
  alarmAddress: soc@example.com
  chatWebhook: prod/chat
`;

const compiled: Policy = {
  version: 1,
  timezone: "Europe/Berlin",
  directories: [
    {
      id: "workforce",
      vendor: "pingone",
      mode: "enforce",
      secret: "prod/ping",
      settings: {
        environment: "abfba8f6-49eb-49f5-a5d9-80ad5c98f9f6",
        region: "com.au",
        endpoints: { api: "http://127.0.0.1:8080/v1", auth: "https://auth.example.com" },
      },
    },
  ],
  rules: [
    {
      name: "break-glass",
      match: { accounts: [{ id: "workforce/05ad3cc6", username: "bg1@example.com" }] },
      require: "phishing-resistant",
      enrolWithinMs: 14 * DAY,
      withoutDevice: "skip",
      enforce: "never",
    },
    {
      name: "service",
      match: { groups: ["workforce/7e0d1b7c"] },
      require: "none",
      reason: "No person signs in",
      enrolWithinMs: 14 * DAY,
      withoutDevice: "skip",
      enforce: "allowed",
    },
    {
      name: "admins",
      match: { populations: ["workforce/4f2c"], usernames: ["*-adm@example.com"] },
      require: "registered",
      enrolWithinMs: 1.5 * DAY,
      withoutDevice: "skip",
      enforce: "allowed",
    },
    {
      name: "everyone",
      match: "all",
      require: "enabled",
      enrolWithinMs: 14 * DAY,
      graceMs: 7 * DAY,
      from: Date.parse("2026-09-30T22:00:00Z"),
      withoutDevice: "enforce",
      enforce: "allowed",
    },
  ],
  exemptions: [
    {
      id: "workforce/0d6c@2026-10-20",
      directory: "workforce",
      account: "0d6c",
      username: "jane@example.com",
      reason: "Hardware key on order",
      ticket: "SEC-1234",
      approvedBy: "ciso@example.com",
      control: "Sign-in limited to the office network",
      owner: "iam@example.com",
      from: Date.parse("2026-10-19T22:00:00Z"),
      until: Date.parse("2026-10-25T23:00:00Z"),
      covers: ["unknown"],
    },
  ],
  limits: {
    changesPerRun: { count: 50, percent: 10 },
    changesPerDay: 1000,
    exemptionDays: 90,
    exemptions: { percent: 0.5 },
  },
  deploy: {
    region: "eu-central-1",
    account: "111122223333",
    schedules: [{ cron: "0 3 * * ? *", timezone: "UTC", directories: ["workforce"] }],
    logRetentionDays: 90,
    alarmAddress: "soc@example.com",
    chatWebhook: "prod/chat",
  },
};

function compile(text: string): Policy {
  const read = parsePolicy(text, vendors);
  assert.ok("policy" in read, JSON.stringify(read));
  return read.policy;
}

test("a full policy compiles to instants and durations, with nothing left to look up", () => {
  assert.deepEqual(compile(FULL), compiled);
});

test("what a small policy leaves out has its default", () => {
  const { directories, limits, exemptions, timezone, deploy } = policyOf(
    "rules: [{ name: a, match: all, require: enabled }]\n",
  );
  assert.deepEqual(
    directories.map(({ mode, secret }) => ({ mode, secret })),
    [
      { mode: "observe", secret: "workforce" },
      { mode: "observe", secret: "partners" },
    ],
  );
  assert.deepEqual(limits, {
    changesPerRun: { count: 500, percent: 10 },
    changesPerDay: 1000,
    exemptionDays: 90,
    exemptions: { percent: 2 },
  });
  assert.deepEqual([exemptions, timezone, deploy], [[], "UTC", undefined]);
});

for (const [timezone, from, until, begins, ends] of [
  ["UTC", "2026-02-28", "2026-02-28", "2026-02-28T00:00:00Z", "2026-03-01T00:00:00Z"],
  ["Europe/Berlin", "2026-03-28", "2026-03-29", "2026-03-27T23:00:00Z", "2026-03-29T22:00:00Z"],
  ["Europe/Berlin", "2026-10-25", "2026-10-25", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z"],
  ["America/New_York", "2026-11-01", "2026-11-01", "2026-11-01T04:00:00Z", "2026-11-02T05:00:00Z"],
  // Clocks go from 24:00 to 01:00: the day begins at one o'clock.
  ["Africa/Cairo", "2026-04-24", "2026-04-24", "2026-04-23T22:00:00Z", "2026-04-24T21:00:00Z"],
  ["Pacific/Kiritimati", "2026-01-01", "2026-01-01", "2025-12-31T10:00:00Z", "2026-01-01T10:00:00Z"],
  ["Pacific/Pago_Pago", "2026-01-01", "2026-01-01", "2026-01-01T11:00:00Z", "2026-01-02T11:00:00Z"],
  ["Asia/Kathmandu", "2028-02-29", "2028-02-29", "2028-02-28T18:15:00Z", "2028-02-29T18:15:00Z"],
] as const)
  test(`${from} to ${until} in ${timezone} are whole days there`, () => {
    const rest = `timezone: ${timezone}
rules: [{ name: a, match: all, require: enabled }]
exemptions: [{ account: { id: workforce/1 }, reason: x, ticket: SEC-1, approvedBy: ciso@example.com, control: Office network only, owner: iam@example.com, from: ${from}, until: ${until} }]
`;
    const [exemption] = policyOf(rest).exemptions;
    assert.deepEqual([exemption?.from, exemption?.until], [Date.parse(begins), Date.parse(ends)]);
  });

test("a freeze is whole days in the policy's zone, both included", () => {
  const { freeze } = policyOf(`timezone: Europe/Berlin
rules: [{ name: a, match: all, require: enabled }]
freeze: [{ from: 2026-12-20, until: 2027-01-03, reason: Year end }]
`);
  const [from, until] = [Date.parse("2026-12-19T23:00:00Z"), Date.parse("2027-01-03T23:00:00Z")];
  assert.deepEqual(freeze, [{ from, until, reason: "Year end" }]);
});

test("a policy that was compiled before these keys has the same hash as one without them", () => {
  const { freeze, breakGlass } = policyOf("rules: [{ name: a, match: all, require: enabled }]\n");
  assert.deepEqual([freeze, breakGlass], [undefined, undefined]);
});

test("exemptions that follow one another do not overlap, and one may last all the days allowed", () => {
  const { exemptions } = policyOf(`rules: [{ name: a, match: all, require: enabled }]
exemptions:
  - { account: { id: workforce/1 }, reason: x, ticket: SEC-1, approvedBy: ciso@example.com, control: Office network only, owner: iam@example.com, from: 2026-01-01, until: 2026-03-31 }
  - { account: { id: workforce/1 }, reason: x, ticket: SEC-1, approvedBy: ciso@example.com, control: Office network only, owner: iam@example.com, from: 2026-04-01, until: 2026-04-02 }
  - { account: { id: partners/1 }, reason: x, ticket: SEC-1, approvedBy: ciso@example.com, control: Office network only, owner: iam@example.com, from: 2026-01-01, until: 2026-01-02 }
`);
  assert.equal(exemptions[0]?.until, exemptions[1]?.from);
});

test("a compiled policy survives JSON and is refused when it is not one", () => {
  assert.deepEqual(readCompiled(JSON.parse(JSON.stringify(compiled))), compiled);
  // Earlier versions asked for less of an exemption.
  const exemptions = compiled.exemptions.map(
    ({ owner: _, ticket: __, approvedBy: ___, control: ____, ...rest }) => rest,
  );
  assert.deepEqual(readCompiled({ ...compiled, exemptions }).exemptions, exemptions);
  for (const value of [null, "", [], {}, { ...compiled, version: 2 }, { ...compiled, rules: [{}] }])
    assert.throws(() => readCompiled(value), { code: "ERR_POLICY_INVALID" });
});

test("the hash is of what the policy says, not of the order of its keys", () => {
  const reversed = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(reversed);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value)
        .reverse()
        .map(([key, item]) => [key, reversed(item)]),
    );
  };
  assert.match(hashPolicy(compiled), /^[0-9a-f]{64}$/);
  assert.equal(hashPolicy(readCompiled(reversed(compiled))), hashPolicy(compiled));
  const others = [
    { ...compiled, timezone: "UTC" },
    { ...compiled, rules: compiled.rules.toReversed() },
    { ...compiled, directories: compiled.directories.map((each) => ({ ...each, settings: {} })) },
  ];
  for (const other of others) assert.notEqual(hashPolicy(other), hashPolicy(compiled));
});

test("comments and the order of keys in the file do not matter", () => {
  const rule = (keys: string) => hashPolicy(compile(written(`rules: [{ ${keys} }] # a comment\n`)));
  assert.equal(rule("name: a, match: all, require: enabled"), rule("require: enabled, match: all, name: a"));
});
