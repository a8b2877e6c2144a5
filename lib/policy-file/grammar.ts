/** What people may write in a policy file. Messages are predicates: the place and the value are put before them. */

import * as v from "valibot";
import { REQUIREMENTS } from "../model/index.ts";
import { DAY_PATTERN, isCron, isDay, isTimezone, zoneForOffset } from "../policy/index.ts";

/** A vendor's own keys of a directory by the vendor's name, each a strict object schema. */
export type Vendors = Readonly<Record<string, v.GenericSchema>>;

const text = (description: string) =>
  v.pipe(
    v.string(),
    v.regex(/\S/, "must not be blank"),
    v.maxLength(1000, "is longer than 1000 characters"),
    v.description(description),
  );
const day = (description: string) =>
  v.pipe(
    v.string(),
    v.regex(DAY_PATTERN, "is not a day written like 2026-12-31"),
    v.check(isDay, "is not a day of the calendar"),
    v.description(`${description} A whole day in the policy's time zone, like 2026-12-31.`),
  );
const duration = (description: string) =>
  v.pipe(
    v.string(),
    v.regex(/^[1-9][0-9]{0,3}[hd]$/, "is not a whole number from 1 to 9999 followed by h or d, like 36h or 14d"),
    v.description(`${description} Like 36h or 14d; a day is 24 hours.`),
  );
const count = (description: string) =>
  v.pipe(
    v.number(),
    v.integer("is not a whole number"),
    v.minValue(1, "is less than 1"),
    v.maxValue(10_000_000, "is more than 10000000"),
    v.description(description),
  );
const percent = (description: string) =>
  v.pipe(
    v.number(),
    v.gtValue(0, "is not more than 0"),
    v.maxValue(100, "is more than 100"),
    v.description(description),
  );
const timezone = v.pipe(
  v.string(),
  v.check(isTimezone, "is not a known time zone; write one like UTC or Europe/Berlin"),
  v.check(
    (name) => zoneForOffset(name) === undefined,
    ({ input }) =>
      `is a fixed offset under a name, also in summer; write the zone of a city, like ${zoneForOffset(input)}`,
  ),
  v.description("Time zone that the days of this file are meant in, like Europe/Berlin. Default: UTC."),
);
const secretName = (description: string) =>
  v.pipe(
    v.string(),
    v.regex(/^[A-Za-z0-9][A-Za-z0-9/_.-]{0,127}$/, "must be the name of a secret: letters, digits and / _ . -"),
    v.description(description),
  );
const scopedId = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9-]+\/\S{1,256}$/, "is not of the form directory/id"),
  v.description("directory/id, with the vendor's own id."),
);
const listOf = <T extends v.GenericSchema>(item: T, description: string) =>
  v.pipe(v.array(item), v.minLength(1, "must not be empty"), v.description(description));
const account = v.strictObject({
  id: scopedId,
  username: v.exactOptional(
    text(
      "A check: when the account's user name is no longer this one, its verdict is unknown, since names are reused.",
    ),
  ),
});

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
  expect: v.exactOptional(
    v.strictObject({ accounts: count("A listing of fewer accounts is incomplete, and nothing is changed.") }),
  ),
};

/** What every directory has, whatever its vendor; the vendor's own keys are dropped. */
export const directorySchema = v.object(directoryEntries);
/** Names of the keys that are not the vendor's. */
export const COMMON_KEYS: readonly string[] = Object.keys(directoryEntries);

const matchSchema = v.union(
  [
    v.literal("all"),
    v.pipe(
      v.strictObject({
        directories: v.exactOptional(listOf(text("A directory's id."), "Everybody in any of these directories.")),
        accounts: v.exactOptional(listOf(account, "Any of these accounts.")),
        groups: v.exactOptional(listOf(scopedId, "Members of any of these groups.")),
        populations: v.exactOptional(listOf(scopedId, "Accounts of any of these populations.")),
        usernames: v.exactOptional(
          listOf(
            v.pipe(
              text("A user name; * stands for any characters. Case does not count."),
              v.check((glob) => !/^\*+$/.test(glob), "matches every user name; leave it out, or say `match: all`"),
            ),
            "Any of these user names.",
          ),
        ),
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
  enforce: v.exactOptional(v.pipe(v.literal("never"), v.description("Never change these accounts; only report."))),
});
export type WrittenRule = v.InferOutput<typeof ruleSchema>;

export const exemptionSchema = v.strictObject({
  account,
  reason: text("Why this account is exempt."),
  ticket: v.exactOptional(text("Where it was asked for.")),
  approvedBy: v.exactOptional(text("Who allowed it.")),
  control: v.exactOptional(text("What protects the account meanwhile.")),
  from: day("First day."),
  until: day("Last day, included."),
  covers: v.exactOptional(
    listOf(v.literal("unknown"), "[unknown]: also holds when the facts neither prove nor disprove the requirement."),
  ),
});
export type WrittenExemption = v.InferOutput<typeof exemptionSchema>;

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

const resourceId = (kind: "subnet" | "sg") =>
  v.pipe(
    v.string(),
    v.regex(new RegExp(`^${kind}-[0-9a-f]{8,17}$`), `is not an id of AWS, like ${kind}-0123456789abcdef0`),
  );

/** What the deployment takes from the policy file. */
const deploySchema = v.strictObject({
  region: v.exactOptional(
    v.pipe(
      v.string(),
      v.regex(/^[a-z]{2}(-[a-z]+)+-[1-9]$/, "is not a region of AWS, like eu-central-1"),
      v.description("The only region of AWS that this policy is deployed into. production needs it."),
    ),
  ),
  account: v.exactOptional(
    v.pipe(
      v.string(),
      v.regex(/^[0-9]{12}$/, 'is not 12 digits in quotes, like "111122223333"'),
      v.description("The only account of AWS that this policy is deployed into, in quotes. production needs it."),
    ),
  ),
  schedules: v.exactOptional(
    v.array(
      v.strictObject({
        directories: v.exactOptional(listOf(text("A directory's id."), "Which to sweep. Default: all.")),
        cron: v.pipe(
          text("EventBridge cron fields, like 0 3 * * ? *"),
          v.check(isCron, "is not six EventBridge cron fields, like 0 3 * * ? *"),
        ),
        timezone: v.exactOptional(timezone),
      }),
    ),
  ),
  logRetentionDays: v.exactOptional(count("Days that logs are kept.")),
  evidenceRetentionDays: v.exactOptional(count("Days that evidence is kept and cannot be deleted. Default: 365.")),
  reportRetentionDays: v.exactOptional(count("Days that reports are kept; they can be made again. Default: 90.")),
  ledgerTable: v.exactOptional(
    v.pipe(
      v.string(),
      v.regex(/^[A-Za-z0-9_.-]{3,255}$/, "is not the name of a DynamoDB table"),
      v.description(
        "A restored table to go on with as the ledger, by its name. Default: one that the deployment makes.",
      ),
    ),
  ),
  vpc: v.exactOptional(
    v.pipe(
      v.strictObject({
        subnets: listOf(resourceId("subnet"), "Private subnets, from which a NAT gateway leads to the internet."),
        securityGroups: listOf(resourceId("sg"), "Which allow calls by HTTPS."),
      }),
      v.description(
        "Where the functions run that call vendors, for a fixed egress address. Default: outside of any network.",
      ),
    ),
  ),
  permissionsBoundary: v.exactOptional(
    v.pipe(
      v.string(),
      v.regex(/^arn:aws[a-z-]*:iam::([0-9]{12}|aws):policy\/\S+$/, "is not the ARN of an IAM policy"),
      v.description("An IAM policy that bounds every role of the deployment."),
    ),
  ),
  tags: v.exactOptional(
    v.pipe(
      v.record(
        v.pipe(v.string(), v.regex(/^(?!aws:)[\w .:/=+@-]{1,128}$/, "is not a key that AWS allows")),
        v.pipe(v.string(), v.regex(/^[\w .:/=+@-]{0,256}$/, "is not a value that AWS allows")),
      ),
      v.description("Tags on everything that is deployed and can have one."),
    ),
  ),
  alarmAddress: v.exactOptional(
    v.pipe(v.string(), v.email("is not an e-mail address"), v.description("Where alarms go.")),
  ),
  // The address of a chat webhook is itself a credential, so the file only names where it is kept.
  chatWebhook: v.exactOptional(secretName("Name of the secret that holds the address of a chat webhook for alarms.")),
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
      limits: v.exactOptional(
        v.pipe(limitsSchema, v.description("How much may change, and how much may be exempt.")),
        {},
      ),
      deploy: v.exactOptional(v.pipe(deploySchema, v.description("What the deployment takes from here."))),
    }),
    v.title("mfa-warden policy"),
    v.description("What must hold, for whom, from when, and what may be done about it."),
  );
}
