/** Accounts, histories and policies of every kind, for tests that search for a counter-example. */
import fc from "fast-check";
import {
  type Device,
  type Fact,
  knownFact,
  NOT_ASKED,
  type Subject,
  type SubjectHistory,
  unknownFact,
} from "../../lib/model/index.ts";
import { type Policy, readCompiled } from "../../lib/policy/schema.ts";

const HOUR = 3_600_000;
export const NOW = Date.parse("2026-11-15T12:00:00Z");

export const near = fc.integer({ min: -72, max: 72 }).map((hours) => NOW + hours * HOUR);
const date = fc.oneof(
  near.map((at) => new Date(at).toISOString()),
  fc.constantFrom("", "soon"),
);
export const fact = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<Fact<T>> =>
  fc.oneof({ weight: 4, arbitrary: value.map(knownFact) }, fc.constantFrom(unknownFact("not sent"), NOT_ASKED));
const device: fc.Arbitrary<Device> = fc.record({
  method: fc.constantFrom("sms", "totp", "fido2", "unknown"),
  usable: fc.boolean(),
});
const id = fc.constantFrom("a", "b");
const username = fc.constantFrom("jane", "JANE", "joan-adm", "");

export const subject: fc.Arbitrary<Subject> = fc.record({
  id,
  username,
  facts: fc.record({
    active: fact(fc.boolean()),
    enabled: fact(fc.boolean()),
    devices: fact(fc.array(device, { maxLength: 3 })),
    population: fact(id),
    groups: fact(fc.subarray(["a", "b", "c"])),
    createdAt: fact(date),
  }),
});
export const past: fc.Arbitrary<SubjectHistory> = fc.record(
  { firstSeenAt: date, enabledSince: date },
  { requiredKeys: ["firstSeenAt"] },
);

const scoped = fc.constantFrom("here/a", "here/b", "there/a");
const list = <T>(item: fc.Arbitrary<T>) => fc.array(item, { minLength: 1, maxLength: 2 });
const match = fc.oneof(
  fc.constant("all" as const),
  fc.record(
    {
      accounts: list(fc.record({ id: scoped, username }, { requiredKeys: ["id"] })),
      groups: list(scoped),
      populations: list(scoped),
      usernames: list(fc.constantFrom("jane", "*-adm", "j*n*")),
    },
    { requiredKeys: [] },
  ),
);
const rule = fc.record(
  {
    name: fc.constantFrom("r1", "r2", "r3"),
    match,
    require: fc.constantFrom("enabled", "registered", "phishing-resistant", "none"),
    enrolWithinMs: fc.constantFrom(HOUR, 24 * HOUR),
    graceMs: fc.constantFrom(HOUR, 48 * HOUR),
    from: near,
    withoutDevice: fc.constant("skip"),
    enforce: fc.constant("allowed"),
  },
  { requiredKeys: ["name", "match", "require", "enrolWithinMs", "withoutDevice", "enforce"] },
);
const exemption = fc
  .record({
    account: id,
    directory: fc.constantFrom("here", "there"),
    from: near,
    until: near,
    checked: fc.boolean(),
    covering: fc.boolean(),
  })
  .map(({ account, directory, from, until, checked, covering }) => ({
    id: `${directory}/${account}@x`,
    directory,
    account,
    from,
    until,
    ...(checked ? { username: "Jane" } : {}),
    reason: "x",
    covers: covering ? ["unknown"] : [],
  }));
export const policy: fc.Arbitrary<Policy> = fc
  .record({ rules: fc.array(rule, { maxLength: 3 }), exemptions: fc.array(exemption, { maxLength: 2 }) })
  .map((parts) =>
    readCompiled({
      version: 1,
      timezone: "UTC",
      directories: [],
      ...parts,
      limits: {
        changesPerRun: { count: 1, percent: 1 },
        changesPerDay: 1,
        exemptionDays: 1,
        exemptions: { percent: 1 },
      },
    }),
  );
