/** What people may write of notices: who is told of a coming change, how, and in which words. */

import * as v from "valibot";
import { omitUndefined } from "../model/index.ts";
import { durationMs, type NoticeSettings, type RuleNotice, type TeamNotices } from "../policy/index.ts";
import { duration, secretName } from "./fields.ts";
import { type Finding, finding, type Path } from "./finding.ts";
import { listAt, valueAt } from "./part.ts";

/** What a template may have in braces. */
const PLACEHOLDERS = ["user", "account", "directory", "change", "due", "enrol"] as const;
const DAY_MS = 24 * 3_600_000;
/** Amazon SES takes no more in one message. */
const MAX_ADDRESSES = 50;
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

const address = v.pipe(v.string(), v.email("is not an e-mail address"));
const webAddress = (description: string) =>
  v.pipe(
    v.string(),
    v.check(isSafeAddress, "is neither an https address nor plain http to this machine itself"),
    v.description(description),
  );

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

function isSafeAddress(written: string): boolean {
  const url = URL.parse(written);
  return url?.protocol === "https:" || (url?.protocol === "http:" && LOOPBACK.test(url.hostname));
}

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
    from: v.pipe(address, v.description("The sender's address, of an identity that SES has verified.")),
    ...common,
  }),
]);

const RECEIVER_NAME = /^[a-z0-9][a-z0-9-]{0,63}$/;
const receiverName = v.pipe(v.string(), v.regex(RECEIVER_NAME, "must be lower-case letters, digits and -, at most 64"));
const receiverSecret = (holds: string) =>
  v.exactOptional(secretName(`Name of the secret with ${holds}. Default: the receiver's name.`));

/** A channel or a program that is told, with what that needs. */
const receiverSchema = v.variant("by", [
  v.strictObject({
    by: v.pipe(v.literal("slack"), v.description("An incoming webhook of Slack.")),
    secret: receiverSecret("the webhook's address"),
  }),
  v.strictObject({
    by: v.pipe(v.literal("teams"), v.description("The webhook of a workflow in Microsoft Teams.")),
    secret: receiverSecret("the webhook's address"),
  }),
  v.strictObject({
    by: v.pipe(v.literal("webhook"), v.description("A signed HTTPS request each, to anything else.")),
    url: webAddress("Where the requests go."),
    secret: receiverSecret("the key of the signature"),
  }),
]);

const isRecipient = (written: string): boolean => RECEIVER_NAME.test(written) || v.is(address, written);

const told = {
  to: v.pipe(
    v.array(v.pipe(v.string(), v.check(isRecipient, "is neither an e-mail address nor the name of a receiver"))),
    v.minLength(1, "must name at least one address or receiver"),
    v.maxLength(MAX_ADDRESSES, `names more than ${MAX_ADDRESSES} addresses`),
    v.description(
      "Names of notify.receivers, and e-mail addresses, which are written to by the way that notices names.",
    ),
  ),
  link: v.exactOptional(webAddress("Where they look at it; {run} in it is filled in.")),
};

/** Who hears of what happens. */
export const notifySchema = v.strictObject({
  receivers: v.exactOptional(
    v.pipe(v.record(receiverName, receiverSchema), v.description("Channels and programs that are told, by name.")),
  ),
  plan: v.exactOptional(
    v.pipe(v.strictObject(told), v.description("Told once for each run whose plans wait for a person.")),
  ),
  run: v.exactOptional(
    v.pipe(v.strictObject(told), v.description("Told when a sweep did not end well, and when it does again.")),
  ),
  administrators: v.exactOptional(
    v.pipe(v.strictObject(told), v.description("Told of administrators who newly violate their rule.")),
  ),
  exemptions: v.exactOptional(
    v.pipe(
      v.strictObject({
        ...told,
        before: v.exactOptional(duration("How long before the end of an exemption. Default: 14d."), "14d"),
      }),
      v.description("Told of exemptions that end soon, and of those that have ended."),
    ),
  ),
  flapping: v.exactOptional(
    v.pipe(
      v.strictObject(told),
      v.description("Told of accounts that are changed back again and again: over limits.changesPerAccount."),
    ),
  ),
});

/** Secrets are named. */
export const compileNotify = ({
  receivers,
  exemptions,
  ...topics
}: v.InferOutput<typeof notifySchema>): TeamNotices => ({
  ...topics,
  ...omitUndefined({
    exemptions: exemptions && compileEnding(exemptions),
    receivers:
      receivers &&
      Object.fromEntries(
        Object.entries(receivers).map(([name, one]) => [name, { ...one, secret: one.secret ?? name }]),
      ),
  }),
});

const compileEnding = ({ before, ...rest }: NonNullable<v.InferOutput<typeof notifySchema>["exemptions"]>) => ({
  ...rest,
  beforeMs: durationMs(before),
});

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
  const notify = valueAt(written, "notify");
  const nobody =
    valueAt(notify, "administrators") !== undefined && valueAt(written, "administrators") === undefined
      ? [finding(["notify", "administrators"], "needs `administrators`, which says who they are")]
      : [];
  return [...nobody, ...checkRecipients(notify, notices !== undefined), ...ofRules];
}

/** Receivers that are not there, and addresses that nobody says how to write to. */
function checkRecipients(notify: unknown, hasWay: boolean): Finding[] {
  const { receivers, ...topics } = Object(notify) as Readonly<Record<string, unknown>>;
  const known = Object.keys(Object(receivers));
  return Object.entries(topics).flatMap(([topic, settings]) => {
    const to = listAt(settings, "to").map(String);
    const path = ["notify", topic];
    const unknown = to.flatMap((name, index) =>
      isAddress(name) || known.includes(name) ? [] : [finding([...path, "to", index], "is none of notify.receivers")],
    );
    return !hasWay && to.some(isAddress) ? [lackingWay(path), ...unknown] : unknown;
  });
}

const isAddress = (recipient: string): boolean => recipient.includes("@");

const lackingWay = (path: Path): Finding => finding(path, "needs `notices`, which says how people are told");

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
