/** Turns a checked policy into the form that is judged by: names resolved, dates and durations in milliseconds. */

import * as v from "valibot";
import { omitUndefined } from "../model/index.ts";
import {
  type AdministratorMatch,
  type DirectoryConfig,
  dayAfter,
  dayStarts,
  durationMs,
  type Exemption,
  type Freeze,
  type Policy,
  type Rule,
  readCompiled,
} from "../policy/index.ts";
import { compileApproval } from "./approval.ts";
import {
  COMMON_KEYS,
  directorySchema,
  policySchema,
  type Vendors,
  type WrittenAdministrator,
  type WrittenExemption,
  type WrittenFreeze,
  type WrittenRule,
} from "./grammar.ts";
import { compileNotices, compileRuleNotice } from "./notices.ts";
import { listAt } from "./part.ts";
import { compilePeople } from "./people.ts";
import { compileNotify } from "./team-notices.ts";

type DayStart = (day: string) => number;

/** Takes what `check` found nothing wrong with. @param exceptions of people, as their own file has them */
export function compilePolicy(written: unknown, vendors: Vendors, exceptions?: unknown): Policy {
  const {
    directories: _,
    rules,
    exemptions,
    administrators,
    freeze,
    approval,
    notices,
    notify,
    people,
    timezone,
    ...rest
  } = v.parse(policySchema(vendors), written);
  const starts = dayStarts(timezone);
  const compiled = {
    ...rest,
    approval: approval && compileApproval(approval),
    notices: notices && compileNotices(notices),
    notify: notify && compileNotify(notify),
    people: people && compilePeople(people, exceptions),
    timezone,
    directories: listAt(written, "directories").map(compileDirectory),
    rules: rules.map((rule) => compileRule(rule, starts)),
    exemptions: exemptions.map((exemption) => compileExemption(exemption, starts)),
    administrators: administrators?.map(compileAdministrator),
    freeze: freeze?.map((window) => compileFreeze(window, starts)),
  };
  return readCompiled(omitUndefined(compiled));
}

/** The vendor reads its settings itself when the directory is opened: they stay as written. */
function compileDirectory(written: unknown): DirectoryConfig {
  const { id, vendor, mode, secret = id, limits, expect } = v.parse(directorySchema, written);
  const own = Object.entries(Object(written)).filter(([key]) => !COMMON_KEYS.includes(key));
  // What was read has no prototypes; a clone is like anything that came as JSON.
  return omitUndefined({
    id,
    vendor,
    mode,
    secret,
    limits,
    expect,
    settings: structuredClone(Object.fromEntries(own)),
  });
}

function compileRule({ enrolWithin, grace, from, enforce, notify, ...rest }: WrittenRule, starts: DayStart): Rule {
  return omitUndefined({
    ...rest,
    enforce: enforce ?? "allowed",
    notify: notify && compileRuleNotice(notify),
    enrolWithinMs: durationMs(enrolWithin),
    graceMs: grace === undefined ? undefined : durationMs(grace),
    from: from === undefined ? undefined : starts(from),
  });
}

const compileFreeze = ({ from, until, ...rest }: WrittenFreeze, starts: DayStart): Freeze => ({
  ...rest,
  from: starts(from),
  until: starts(dayAfter(until)),
});

function compileExemption(
  { account, from, until, covers = [], ...rest }: WrittenExemption,
  starts: DayStart,
): Exemption {
  const slash = account.id.indexOf("/");
  return omitUndefined({
    ...rest,
    id: `${account.id}@${from}`,
    directory: account.id.slice(0, slash),
    account: account.id.slice(slash + 1),
    username: account.username,
    from: starts(from),
    until: starts(dayAfter(until)),
    covers,
  });
}

/** As the `match` of a rule. */
const compileAdministrator = ({ group, population, account, usernames }: WrittenAdministrator): AdministratorMatch =>
  omitUndefined({
    groups: group === undefined ? undefined : [group],
    populations: population === undefined ? undefined : [population],
    accounts: account && [account],
    usernames: usernames === undefined ? undefined : [usernames],
  });
