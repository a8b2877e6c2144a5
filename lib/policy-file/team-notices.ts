/** What people may write of teams: who is told of what happens, and by which receivers. */

import * as v from "valibot";
import { omitUndefined } from "../model/index.ts";
import { durationMs, type TeamNotices } from "../policy/index.ts";
import { duration, emailAddress, secretName, webAddress } from "./fields.ts";
import { type Finding, finding, type Path } from "./finding.ts";
import { listAt, valueAt } from "./part.ts";

/** Amazon SES takes no more in one message. */
const MAX_ADDRESSES = 50;

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

const isRecipient = (written: string): boolean => RECEIVER_NAME.test(written) || v.is(emailAddress, written);

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

/** Teams that nobody says how to tell, and administrators whom nobody names. */
export function checkTeamNotices(written: unknown): Finding[] {
  const notify = valueAt(written, "notify");
  const isNobody = valueAt(notify, "administrators") !== undefined && valueAt(written, "administrators") === undefined;
  const nobody = finding(["notify", "administrators"], "needs `administrators`, which says who they are");
  return [...(isNobody ? [nobody] : []), ...checkRecipients(notify, valueAt(written, "notices") !== undefined)];
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

export const lackingWay = (path: Path): Finding => finding(path, "needs `notices`, which says how people are told");
