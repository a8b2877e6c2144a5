/** What people may write of notices: who is told of a coming change, how, and in which words. */

import * as v from "valibot";
import { durationMs, type NoticeSettings, type RuleNotice } from "../policy/index.ts";
import { duration, emailAddress, secretName, webAddress } from "./fields.ts";
import { type Finding, finding, type Path } from "./finding.ts";
import { listAt, valueAt } from "./part.ts";
import { checkTeamNotices, lackingWay } from "./team-notices.ts";

/** What a template may have in braces. */
const PLACEHOLDERS = ["user", "account", "directory", "change", "due", "enrol"] as const;
const DAY_MS = 24 * 3_600_000;
const DEFAULT_SECRET = "notices";

const templateName = v.pipe(
  v.string(),
  v.regex(/^[a-z0-9][a-z0-9-]{0,63}$/, "must be lower-case letters, digits and -, at most 64"),
);

export const ruleNoticeSchema = v.strictObject({
  before: duration("How long before the change the person is told."),
  lastDay: v.exactOptional(
    v.pipe(v.boolean(), v.description("Whether they are told once more on the last day. Default: false.")),
    false,
  ),
  template: v.exactOptional(v.pipe(templateName, v.description("One of notices.templates."))),
});

const knownPlaceholders = (words: string): boolean =>
  [...words.matchAll(/\{([^{}]*)\}/g)].every(([, name]) => PLACEHOLDERS.some((known) => known === name));

const words = (description: string, maxLength: number) =>
  v.pipe(
    v.string(),
    v.regex(/\S/, "must not be blank"),
    v.maxLength(maxLength, `is longer than ${maxLength} characters`),
    v.check(
      knownPlaceholders,
      `has a placeholder that there is not; known: ${PLACEHOLDERS.map((name) => `{${name}}`).join(" ")}`,
    ),
    v.description(description),
  );

const templateSchema = v.strictObject({
  subject: v.pipe(
    words("One line. {user}, {account}, {directory}, {change}, {due} and {enrol} are filled in.", 200),
    v.regex(/^[^\r\n]*$/, "must be one line"),
  ),
  text: words("Plain text, with the same placeholders.", 5_000),
});

const common = {
  enrol: v.exactOptional(webAddress("Where a person enrols a second factor; stands in each notice.")),
  templates: v.exactOptional(
    v.pipe(v.record(templateName, templateSchema), v.description("Words of your own, by name; rules choose one.")),
  ),
};

/** How notices are sent, with what that needs. */
export const noticesSchema = v.variant("by", [
  v.strictObject({
    by: v.pipe(v.literal("folder"), v.description("A file each in the state folder; on a laptop alone.")),
    ...common,
  }),
  v.strictObject({
    by: v.pipe(v.literal("webhook"), v.description("A signed HTTPS request each.")),
    url: webAddress("Where the requests go."),
    secret: v.exactOptional(secretName("Name of the secret with the key of the signature."), DEFAULT_SECRET),
    ...common,
  }),
  v.strictObject({
    by: v.pipe(v.literal("ses"), v.description("An e-mail each, by Amazon SES.")),
    from: v.pipe(emailAddress, v.description("The sender's address, of an identity that SES has verified.")),
    ...common,
  }),
]);

export const compileRuleNotice = ({ before, ...rest }: v.InferOutput<typeof ruleNoticeSchema>): RuleNotice => ({
  ...rest,
  beforeMs: durationMs(before),
});

export const compileNotices = (written: v.InferOutput<typeof noticesSchema>): NoticeSettings => written;

/** Rules that tell people, and nobody says how; that choose words which are not there; or whose last day is their first. */
export function checkNotices(written: unknown): Finding[] {
  const notices = valueAt(written, "notices");
  const templates = Object.keys(Object(valueAt(notices, "templates")));
  const ofRules = listAt(written, "rules").flatMap((rule, index) => {
    const notify = v.safeParse(ruleNoticeSchema, valueAt(rule, "notify"));
    if (!notify.success) return [];
    return checkRuleNotice(notify.output, ["rules", index, "notify"], notices === undefined ? undefined : templates);
  });
  return [...checkTeamNotices(written), ...ofRules];
}

function checkRuleNotice(
  { before, lastDay, template }: v.InferOutput<typeof ruleNoticeSchema>,
  path: Path,
  templates: readonly string[] | undefined,
): Finding[] {
  if (templates === undefined) return [lackingWay(path)];
  return [
    ...(lastDay && durationMs(before) < 2 * DAY_MS
      ? [
          finding(
            [...path, "lastDay"],
            "needs `before` of at least 2d; else the first notice is on the last day already",
          ),
        ]
      : []),
    ...(template !== undefined && !templates.includes(template)
      ? [finding([...path, "template"], "is none of notices.templates")]
      : []),
  ];
}
