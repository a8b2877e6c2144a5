/** The words of one notice: a template with a fixed set of placeholders, as plain text. Pure. */

import { createHash } from "node:crypto";
import { type AccountNotice, type NoticeKind, type NoticeRecipient, omitUndefined } from "../model/index.ts";
import type { NoticeSettings, Rule } from "../policy/index.ts";

/** What one notice is about. */
interface NoticeFacts {
  readonly kind: NoticeKind;
  readonly directory: string;
  readonly account: NoticeRecipient;
  /** ISO 8601. */
  readonly at: string;
  /** ISO 8601. */
  readonly due: string;
  readonly timezone: string;
}

const CHANGE = "multi-factor authentication (MFA) will be switched on for your account";

const DEFAULT_WORDS = {
  subject: "MFA will be switched on for your account {user}",
  text: `Hello,

on {due} {change} {user} ({directory}). From then on you need a second factor to sign in.
{enrol}
You get this message because your account does not meet the rules of your organisation yet.
`,
} as const;
const DEFAULT_ENROL = "Register a second factor before that: {enrol}\n";

export function composeNotice(
  settings: NoticeSettings,
  { notify }: Pick<Rule, "notify">,
  facts: NoticeFacts,
): AccountNotice {
  const { kind, directory, account, at, due } = facts;
  const words = wordsOf(settings, notify?.template);
  const values = valuesOf(settings, facts);
  return omitUndefined({
    id: createHash("sha256")
      .update(JSON.stringify([directory, account.id, kind, at]))
      .digest("hex"),
    kind,
    directory,
    account,
    subject: plainLine(fillIn(words.subject, values)).slice(0, MAX_SUBJECT_CHARACTERS),
    text: fillIn(words.text, values),
    due,
    enrol: settings.enrol,
  });
}

const MAX_SUBJECT_CHARACTERS = 200;

function wordsOf({ templates, enrol }: NoticeSettings, name: string | undefined) {
  const own = name === undefined ? undefined : templates?.[name];
  if (own) return own;
  return { ...DEFAULT_WORDS, text: DEFAULT_WORDS.text.replace("{enrol}\n", enrol === undefined ? "" : DEFAULT_ENROL) };
}

const valuesOf = ({ enrol = "" }: NoticeSettings, { account, directory, due, timezone }: NoticeFacts) =>
  new Map([
    ["user", plainLine(account.username)],
    ["account", plainLine(account.id)],
    ["directory", directory],
    ["change", CHANGE],
    ["due", dayAndTime(due, timezone)],
    ["enrol", enrol],
  ]);

/** In one pass: what a value holds is never a placeholder itself. */
const fillIn = (words: string, values: ReadonlyMap<string, string>): string =>
  words.replaceAll(/\{([a-z]+)\}/g, (written, name: string) => values.get(name) ?? written);

const MAX_VALUE_CHARACTERS = 200;

/** Foreign text as part of a line: no line of its own, no header, and no sign that turns the reading direction. */
export const plainLine = (text: string, limit = MAX_VALUE_CHARACTERS): string =>
  text
    .replaceAll(/[\s\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ")
    .slice(0, limit)
    .toWellFormed()
    .trim();

/** Like 5 December 2026 at 14:00 (Europe/Berlin). */
export function dayAndTime(iso: string, timezone: string): string {
  const format = new Intl.DateTimeFormat("en-GB", { dateStyle: "long", timeStyle: "short", timeZone: timezone });
  return `${format.format(new Date(iso))} (${timezone})`;
}
