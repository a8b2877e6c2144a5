/** What people may write in a policy file: its directories, rules, exemptions and limits. */

import * as v from "valibot";
import { REQUIREMENTS } from "../model/index.ts";
import { approvalSchema } from "./approval.ts";
import { deploySchema } from "./deploy.ts";
import { account, count, day, duration, listOf, percent, scopedId, secretName, text, timezone } from "./fields.ts";
import { noticesSchema, ruleNoticeSchema } from "./notices.ts";
import { peopleSchema } from "./people.ts";
import { notifySchema } from "./team-notices.ts";

/** A vendor's own keys of a directory by the vendor's name, each a strict object schema. */
export type Vendors = Readonly<Record<string, v.GenericSchema>>;

const directoryEntries = {
  id: v.pipe(
    v.string(),
    v.regex(/^[a-z0-9][a-z0-9-]{0,63}$/, "must be lower-case letters, digits and -, at most 64"),
    v.notValues(["all"], 'must not be "all", which stands for every directory'),
    v.description("Your name for this directory; also the name of its secret unless `secret` says otherwise."),
  ),
  vendor: v.pipe(v.string(), v.description("Whose API this is.")),
  mode: v.exactOptional(
    v.pipe(
      v.picklist(["observe", "enforce"]),
      v.description("observe (default): only report. enforce: also switch MFA on."),
    ),
    "observe",
  ),
  secret: v.exactOptional(secretName("Name of the secret with the credentials. Never the secret itself.")),
  limits: v.exactOptional(
    v.strictObject({
      changesPerDay: count("In this directory in any 24 hours, beside the limit for all directories."),
    }),
  ),
  expect: v.exactOptional(
    v.strictObject({ accounts: count("A listing of fewer accounts is incomplete, and nothing is changed.") }),
  ),
};

/** What every directory has, whatever its vendor; the vendor's own keys are dropped. */
export const directorySchema = v.object(directoryEntries);
/** Names of the keys that are not the vendor's. */
export const COMMON_KEYS: readonly string[] = Object.keys(directoryEntries);

const usernameGlob = v.pipe(
  text("A user name; * stands for any characters. Case does not count."),
  v.check((glob) => !/^\*+$/.test(glob), "matches every user name; leave it out, or say `match: all`"),
);

const matchSchema = v.union(
  [
    v.literal("all"),
    v.pipe(
      v.strictObject({
        directories: v.exactOptional(listOf(text("A directory's id."), "Everybody in any of these directories.")),
        accounts: v.exactOptional(listOf(account, "Any of these accounts.")),
        groups: v.exactOptional(listOf(scopedId, "Members of any of these groups.")),
        populations: v.exactOptional(listOf(scopedId, "Accounts of any of these populations.")),
        usernames: v.exactOptional(listOf(usernameGlob, "Any of these user names.")),
      }),
      v.check((match) => Object.keys(match).length > 0, "must have a key; `match: all` is for everyone"),
    ),
  ],
  "is neither all nor a mapping of directories, accounts, groups, populations, usernames",
);

export const ruleSchema = v.strictObject({
  name: v.pipe(
    v.string(),
    v.regex(/^[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}$/, "must be letters, digits, blanks and . _ -, at most 64"),
    v.description("Appears with every verdict; unique."),
  ),
  match: v.pipe(matchSchema, v.description("Whom the rule binds: all, or keys that must all match.")),
  require: v.pipe(
    v.picklist([...REQUIREMENTS, "none"]),
    v.description("What must hold. none needs a reason and puts these accounts out of scope."),
  ),
  reason: v.exactOptional(text("Why nothing is required.")),
  enrolWithin: v.exactOptional(duration("How long an account may be without a device once MFA is on."), "14d"),
  grace: v.exactOptional(duration("How long after its creation, or after `from`, an account may go without.")),
  from: v.exactOptional(day("When this rule began to bind.")),
  withoutDevice: v.exactOptional(
    v.pipe(
      v.picklist(["skip", "enforce"]),
      v.description("Whether to switch MFA on for somebody without a device, which may lock them out. Default: skip."),
    ),
    "skip",
  ),
  notify: v.exactOptional(
    v.pipe(ruleNoticeSchema, v.description("Tell the person before their account is changed, and wait that long.")),
  ),
  enforce: v.exactOptional(v.pipe(v.literal("never"), v.description("Never change these accounts; only report."))),
});
export type WrittenRule = v.InferOutput<typeof ruleSchema>;

export const exemptionSchema = v.strictObject({
  account,
  reason: text("Why this account is exempt."),
  ticket: text("Where it was asked for."),
  approvedBy: text("Who allowed it: not the exempted person."),
  control: text("What protects the account meanwhile."),
  owner: text("Who answers for it until it ends."),
  from: day("First day."),
  until: day("Last day, included."),
  covers: v.exactOptional(
    listOf(v.literal("unknown"), "[unknown]: also holds when the facts neither prove nor disprove the requirement."),
  ),
});
export type WrittenExemption = v.InferOutput<typeof exemptionSchema>;

/** One key an entry, so that nobody takes two keys for "both" where another takes them for "either". */
export const administratorSchema = v.pipe(
  v.strictObject({
    group: v.exactOptional(v.pipe(scopedId, v.description("Members of this group."))),
    population: v.exactOptional(v.pipe(scopedId, v.description("Accounts of this population."))),
    account: v.exactOptional(v.pipe(account, v.description("This account."))),
    usernames: v.exactOptional(usernameGlob),
  }),
  v.check((entry) => Object.keys(entry).length === 1, "must have exactly one of group, population, account, usernames"),
);
export type WrittenAdministrator = v.InferOutput<typeof administratorSchema>;

const changesPerRun = v.strictObject({
  count: v.exactOptional(count("Accounts."), 500),
  percent: v.exactOptional(percent("Of the in-scope accounts read."), 10),
});
export const limitsSchema = v.strictObject({
  changesPerRun: v.exactOptional(
    v.pipe(changesPerRun, v.description("The lower one counts; more needs an approval.")),
    {},
  ),
  changesPerDay: v.exactOptional(count("In any 24 hours, sweeps and events together."), 1000),
  changesPerAccount: v.exactOptional(count("Of one account in any 24 hours. Default: 3.")),
  exemptionDays: v.exactOptional(count("How many days an exemption may last."), 90),
  exemptions: v.exactOptional(
    v.strictObject({ percent: v.exactOptional(percent("Of a directory's accounts that may be exempt."), 2) }),
    {},
  ),
});
const entriesOf = (settings: v.GenericSchema): v.ObjectEntries =>
  "entries" in settings
    ? v.parse(
        v.custom<v.ObjectEntries>((entries) => typeof entries === "object"),
        settings.entries,
      )
    : {};

function vendorDirectory(vendor: string, settings: v.GenericSchema) {
  const entries = entriesOf(settings);
  return v.pipe(
    v.strictObject({ ...directoryEntries, vendor: v.literal(vendor), ...entries }),
    // Merging the keys leaves out what the vendor checks across them.
    v.rawCheck(({ dataset, addIssue }) => {
      if (!dataset.typed) return;
      const own = Object.fromEntries(Object.entries(dataset.value).filter(([key]) => !COMMON_KEYS.includes(key)));
      for (const { message, path } of v.safeParse(settings, own).issues ?? [])
        addIssue({ message, ...(path === undefined ? {} : { path }) });
    }),
  );
}

const breakGlassSchema = v.strictObject({
  id: scopedId,
  username: text("Its user name: a check, as in rules."),
});

export const freezeSchema = v.strictObject({
  from: day("First day."),
  until: day("Last day, included."),
  reason: text("Why nothing may be changed."),
  directories: v.exactOptional(listOf(text("A directory's id."), "Only in these directories. Default: in all.")),
});
export type WrittenFreeze = v.InferOutput<typeof freezeSchema>;

/** The whole grammar of the file, with the vendors' own keys built in. */
export function policySchema(vendors: Vendors) {
  const directory = v.variant(
    "vendor",
    Object.entries(vendors).map(([vendor, settings]) => vendorDirectory(vendor, settings)),
  );
  return v.pipe(
    v.strictObject({
      version: v.pipe(v.literal(1), v.description("Version of this grammar.")),
      timezone: v.exactOptional(timezone, "UTC"),
      directories: listOf(directory, "The vendor tenants to look after."),
      rules: listOf(ruleSchema, "What must hold; the first rule that matches an account binds it."),
      exemptions: v.exactOptional(
        v.pipe(v.array(exemptionSchema), v.description("Accounts that need not comply for a while.")),
        [],
      ),
      administrators: v.exactOptional(
        listOf(administratorSchema, "Who is changed last, in waves of their own and never all at once."),
      ),
      limits: v.exactOptional(
        v.pipe(limitsSchema, v.description("How much may change, and how much may be exempt.")),
        {},
      ),
      approval: v.exactOptional(
        v.pipe(approvalSchema, v.description("Who decides on a plan that waits; without it nobody can.")),
      ),
      notices: v.exactOptional(
        v.pipe(noticesSchema, v.description("How people are told of a coming change, where a rule says notify.")),
      ),
      notify: v.exactOptional(v.pipe(notifySchema, v.description("Who is told of what happens."))),
      freeze: v.exactOptional(
        v.pipe(v.array(freezeSchema), v.description("Days on which nothing is changed; a sweep leaves a plan.")),
      ),
      breakGlass: v.exactOptional(
        v.pipe(
          v.array(breakGlassSchema),
          v.description("Accounts that must work when nothing else does: never changed, whatever a rule says."),
        ),
      ),
      people: v.exactOptional(
        v.pipe(
          peopleSchema,
          v.description("How accounts of several directories belong together; without it nobody is joined."),
        ),
      ),
      deploy: v.exactOptional(v.pipe(deploySchema, v.description("What the deployment takes from here."))),
    }),
    v.title("mfa-warden policy"),
    v.description("What must hold, for whom, from when, and what may be done about it."),
  );
}
