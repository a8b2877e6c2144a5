/** The room of the preview: judges the population that a run recorded by another policy. Calls no vendor, and writes nothing. */

import { WardenError } from "../errors.ts";
import { type AccountTraits, omitUndefined } from "../model/index.ts";
import { directoryConfig, hashPolicy, type Policy } from "../policy/index.ts";
import type { ReportData, ReportRow } from "../report/index.ts";
import { type ComparedRow, rowJudge } from "./judge-row.ts";
import type { Preview, Shift } from "./model.ts";
import { isSameTenant, policyChanges } from "./policy-changes.ts";
import { type Tallied, tallyRows } from "./tally.ts";

export { FINDINGS, type Finding, findingsIn } from "./findings.ts";
export {
  type AccountChange,
  EFFECTS,
  type Effect,
  type Lacking,
  LOWERING_EFFECTS,
  type PolicyChange,
  type Preview,
  type Shift,
} from "./model.ts";

export interface PreviewRequest {
  /** The other policy. */
  readonly policy: Policy;
  /** What holds of every account of a vendor. */
  readonly traitsOf: (vendor: string) => AccountTraits | undefined;
  /** Both policies are asked what holds at the end of this day; absent: when each account was read. */
  readonly on?: { readonly day: string; readonly at: number };
  /** At most so many accounts are listed for each effect. */
  readonly listed: number;
}

/**
 * What the policy would say of everybody whom the run read, before anything was changed. Throws `ERR_EVIDENCE_UNAVAILABLE` where the
 * run did not keep its own policy, and what reading the evidence throws.
 */
export async function previewPolicy(data: ReportData, request: PreviewRequest, signal: AbortSignal): Promise<Preview> {
  const { head, policy: before } = data;
  const { policy: after, on } = request;
  if (!before) throw withoutPolicy(head.run);
  const dropped = countDropped(before, after);
  const tally = tallyRows(request.listed);
  const judges = judgesOf(before, request);
  for await (const rows of data.rows(signal))
    for (const row of rows) {
      const judge = judges.get(row.directory);
      if (judge) tally.add(row, judge(row));
      else dropped.add(row);
    }
  const { total, effects, unrecorded, directories, rules } = tally.end();
  return {
    run: head.run,
    readAt: head.startedAt,
    ...omitUndefined({ day: on?.day }),
    incomplete: head.incomplete,
    policy: { before: head.policy, after: hashPolicy(after) },
    changes: policyChanges(before, after, on?.at ?? Date.parse(head.startedAt)),
    total,
    directories: [...directories].map(([directory, shift]) => ({ directory, ...shift })),
    rules: inOrder(rules, before, after),
    effects,
    unrecorded,
    notRead: notRead(data, before, after),
    dropped: dropped.end(),
  };
}

const withoutPolicy = (run: string) =>
  new WardenError(
    "ERR_EVIDENCE_UNAVAILABLE",
    `Run ${run} did not keep the policy that it was judged by, so nothing can be compared with it; sweep again, and try against that run.`,
  );

/** By directory; none for those that the other policy does not have. */
function judgesOf(
  before: Policy,
  { policy: after, traitsOf, on }: PreviewRequest,
): ReadonlyMap<string, (row: ReportRow) => ComparedRow> {
  const judges = new Map<string, (row: ReportRow) => ComparedRow>();
  for (const { id: directory, ...rest } of before.directories) {
    const now = directoryConfig(after, directory);
    if (!now) continue;
    const same = isSameTenant({ id: directory, ...rest }, now);
    const traits = traitsOf(rest.vendor) ?? {};
    judges.set(directory, rowJudge({ directory, before, after, traits, isSameTenant: same, at: on?.at }));
  }
  return judges;
}

function countDropped(before: Policy, after: Policy) {
  const gone = before.directories.filter(({ id }) => !directoryConfig(after, id));
  const counts = new Map(gone.map(({ id }) => [id, { directory: id, accounts: 0, inScope: 0 }]));
  return {
    add({ directory, read }: ReportRow): void {
      const count = counts.get(directory);
      if (!count) return;
      count.accounts++;
      if (read !== "out-of-scope") count.inScope++;
    },
    end: () => [...counts.values()],
  };
}

/** Directories of the other policy of whose accounts nothing can be said. */
function notRead({ swept }: ReportData, before: Policy, after: Policy): Preview["notRead"] {
  const read = new Set(swept.map(({ record }) => record.id));
  return after.directories.flatMap((now) => {
    const was = directoryConfig(before, now.id);
    const why = !was
      ? "the policy of the run does not have it"
      : !read.has(now.id)
        ? "the run left no evidence of it"
        : isSameTenant(was, now)
          ? undefined
          : "its settings are others than those by which the run read it";
    return why === undefined ? [] : [{ directory: now.id, why }];
  });
}

function inOrder(rules: Tallied["rules"], before: Policy, after: Policy): Preview["rules"] {
  const names = new Set([...after.rules, ...before.rules].map(({ name }) => name));
  const known = [...names, ...[...rules.keys()].filter((name) => !names.has(name) && name !== ""), ""];
  return known.flatMap((name) => {
    const shift: Shift | undefined = rules.get(name);
    return shift ? [{ rule: name === "" ? null : name, ...shift }] : [];
  });
}
