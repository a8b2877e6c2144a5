/** What the deployment takes from a policy file. */

import * as v from "valibot";
import { isCron } from "../policy/index.ts";
import { count, listOf, secretName, text, timezone } from "./fields.ts";

const resourceId = (kind: "subnet" | "sg") =>
  v.pipe(
    v.string(),
    v.regex(new RegExp(`^${kind}-[0-9a-f]{8,17}$`), `is not an id of AWS, like ${kind}-0123456789abcdef0`),
  );

/** What the deployment takes from the policy file. */
export const deploySchema = v.strictObject({
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
        waveWait: v.exactOptional(
          v.pipe(
            v.string(),
            v.regex(/^([1-9]|1[0-5])m$/, "is not from 1m to 15m"),
            v.description("How long to rest between two waves of changes, from 1m to 15m. Default: not at all."),
          ),
        ),
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
