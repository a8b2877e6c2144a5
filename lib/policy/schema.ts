/** The compiled policy: what is judged by and what Lambda gets. Plain JSON; dates and durations are milliseconds. */

import { createHash } from "node:crypto";
import * as v from "valibot";
import { WardenError } from "../errors.ts";
import { JOIN_KEYS, REQUIREMENTS } from "../model/index.ts";

type Fixed<T> = T extends object ? { readonly [K in keyof T]: Fixed<T[K]> } : T;

const instant = v.pipe(v.number(), v.integer());
const account = { id: v.string(), username: v.exactOptional(v.string()) };
const strings = v.exactOptional(v.array(v.string()));

const matchSchema = v.strictObject({
  directories: strings,
  accounts: v.exactOptional(v.array(v.strictObject(account))),
  groups: strings,
  populations: strings,
  usernames: strings,
});

const ruleSchema = v.strictObject({
  name: v.string(),
  match: v.union([v.literal("all"), matchSchema]),
  require: v.picklist([...REQUIREMENTS, "none"]),
  reason: v.exactOptional(v.string()),
  enrolWithinMs: v.number(),
  graceMs: v.exactOptional(v.number()),
  from: v.exactOptional(instant),
  withoutDevice: v.picklist(["skip", "enforce"]),
  notify: v.exactOptional(
    v.strictObject({ beforeMs: v.number(), lastDay: v.boolean(), template: v.exactOptional(v.string()) }),
  ),
  enforce: v.picklist(["never", "allowed"]),
});

const exemptionSchema = v.strictObject({
  id: v.string(),
  directory: v.string(),
  account: v.string(),
  username: v.exactOptional(v.string()),
  reason: v.string(),
  ticket: v.exactOptional(v.string()),
  approvedBy: v.exactOptional(v.string()),
  control: v.exactOptional(v.string()),
  owner: v.exactOptional(v.string()),
  from: instant,
  until: instant,
  covers: v.array(v.literal("unknown")),
});

const breakGlassSchema = v.strictObject({ id: v.string(), username: v.string() });

const freezeSchema = v.strictObject({ from: instant, until: instant, reason: v.string(), directories: strings });

/** What the deployment takes from it. */
const deploySchema = v.strictObject({
  region: v.exactOptional(v.string()),
  account: v.exactOptional(v.string()),
  schedules: v.exactOptional(
    v.array(
      v.strictObject({
        directories: strings,
        cron: v.string(),
        timezone: v.exactOptional(v.string()),
        waveWait: v.exactOptional(v.string()),
      }),
    ),
  ),
  logRetentionDays: v.exactOptional(v.number()),
  evidenceRetentionDays: v.exactOptional(v.number()),
  reportRetentionDays: v.exactOptional(v.number()),
  ledgerTable: v.exactOptional(v.string()),
  vpc: v.exactOptional(v.strictObject({ subnets: v.array(v.string()), securityGroups: v.array(v.string()) })),
  permissionsBoundary: v.exactOptional(v.string()),
  tags: v.exactOptional(v.record(v.string(), v.string())),
  alarmAddress: v.exactOptional(v.string()),
  chatWebhook: v.exactOptional(v.string()),
});

/** Who decides on a plan that waits. */
const approvalSchema = v.strictObject({
  approvers: v.array(v.string()),
  self: v.boolean(),
  waitMs: v.number(),
});

const noticeWords = {
  enrol: v.exactOptional(v.string()),
  templates: v.exactOptional(v.record(v.string(), v.strictObject({ subject: v.string(), text: v.string() }))),
};

/** How people are told of a coming change. */
const noticesSchema = v.variant("by", [
  v.strictObject({ by: v.literal("folder"), ...noticeWords }),
  v.strictObject({ by: v.literal("webhook"), url: v.string(), secret: v.string(), ...noticeWords }),
  v.strictObject({ by: v.literal("ses"), from: v.string(), ...noticeWords }),
]);

/** How accounts of several directories belong together. */
const peopleSchema = v.strictObject({
  by: v.array(v.picklist(JOIN_KEYS)),
  secret: v.string(),
  patterns: v.array(
    v.strictObject({
      match: v.string(),
      directories: strings,
      as: v.exactOptional(v.string()),
    }),
  ),
  exceptions: v.array(v.strictObject({ ...account, person: v.exactOptional(v.string()) })),
});

/** Who is told of what happens: e-mail addresses, and names of receivers. */
const recipients = { to: v.array(v.string()), link: v.exactOptional(v.string()) };

const receiverSchema = v.variant("by", [
  v.strictObject({ by: v.literal("slack"), secret: v.string() }),
  v.strictObject({ by: v.literal("teams"), secret: v.string() }),
  v.strictObject({ by: v.literal("webhook"), url: v.string(), secret: v.string() }),
]);

/** Who hears of what happens. */
const notifySchema = v.strictObject({
  receivers: v.exactOptional(v.record(v.string(), receiverSchema)),
  plan: v.exactOptional(v.strictObject(recipients)),
  run: v.exactOptional(v.strictObject(recipients)),
  administrators: v.exactOptional(v.strictObject(recipients)),
  exemptions: v.exactOptional(v.strictObject({ ...recipients, beforeMs: v.number() })),
  flapping: v.exactOptional(v.strictObject(recipients)),
});

const compiledSchema = v.strictObject({
  version: v.literal(1),
  timezone: v.string(),
  directories: v.array(
    v.strictObject({
      id: v.string(),
      vendor: v.string(),
      mode: v.picklist(["observe", "enforce"]),
      secret: v.string(),
      limits: v.exactOptional(v.strictObject({ changesPerDay: v.number() })),
      expect: v.exactOptional(v.strictObject({ accounts: v.number() })),
      settings: v.unknown(),
    }),
  ),
  rules: v.array(ruleSchema),
  exemptions: v.array(exemptionSchema),
  administrators: v.exactOptional(v.array(matchSchema)),
  limits: v.strictObject({
    changesPerRun: v.strictObject({ count: v.number(), percent: v.number() }),
    changesPerDay: v.number(),
    changesPerAccount: v.exactOptional(v.number()),
    exemptionDays: v.number(),
    exemptions: v.strictObject({ percent: v.number() }),
  }),
  approval: v.exactOptional(approvalSchema),
  notices: v.exactOptional(noticesSchema),
  notify: v.exactOptional(notifySchema),
  freeze: v.exactOptional(v.array(freezeSchema)),
  breakGlass: v.exactOptional(v.array(breakGlassSchema)),
  people: v.exactOptional(peopleSchema),
  deploy: v.exactOptional(deploySchema),
});

/** Never changed once made: what `decide` prepares from it is kept by identity. */
export type Policy = Fixed<v.InferOutput<typeof compiledSchema>>;
/** `from`: when it begins to bind, epoch ms. Ids in `match` are `directory/id`. */
export type Rule = Policy["rules"][number];
/** In force from `from` until before `until`, epoch ms. `account` is the vendor's id, `id` is `directory/account@day`. */
export type Exemption = Policy["exemptions"][number];
/** One entry of `administrators`, in the form of a rule's `match`. */
export type AdministratorMatch = NonNullable<Policy["administrators"]>[number];
/** How long before a change its account is told, and whether once more on the last day. */
export type RuleNotice = NonNullable<Rule["notify"]>;
/** How people are told of a coming change, and in which words. */
export type NoticeSettings = NonNullable<Policy["notices"]>;
/** Who is told of what happens, and the receivers by name. */
export type TeamNotices = NonNullable<Policy["notify"]>;
/** Nothing is changed from `from` until before `until`, epoch ms; in all directories unless it names some. */
export type Freeze = NonNullable<Policy["freeze"]>[number];
/** An account that is never changed, whatever a rule says; `id` is `directory/id`. */
export type BreakGlassAccount = NonNullable<Policy["breakGlass"]>[number];
/** `as` and `person` are absent where an account is to be joined with none; `id` of an exception is `directory/id`. */
export type PeopleSettings = NonNullable<Policy["people"]>;
/** `settings` are the vendor's own keys as written, `secret` the name of its secret. */
export type DirectoryConfig = Policy["directories"][number];

/** Reads a compiled policy that came as JSON. Throws `ERR_POLICY_INVALID`. */
export function readCompiled(value: unknown): Policy {
  const read = v.safeParse(compiledSchema, value);
  if (read.success) return read.output;
  const place = v.getDotPath(read.issues[0]) ?? "its top";
  throw new WardenError(
    "ERR_POLICY_INVALID",
    `The compiled policy is not of the form this version reads, first at ${place}; deploy the policy again.`,
  );
}

/** SHA-256 in hex over `policyJson`. */
export const hashPolicy = (policy: Policy): string => createHash("sha256").update(policyJson(policy)).digest("hex");

/** The policy's JSON with keys in order, so that equal policies have equal hashes. */
export const policyJson = (policy: Policy): string => orderedJson(policy);

/** JSON with keys in order, so that equal values have equal texts. */
export const orderedJson = (value: unknown): string => JSON.stringify(ordered(value));

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, item]): [string, unknown] => [key, ordered(item)]);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
