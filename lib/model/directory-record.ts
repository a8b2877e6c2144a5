/** The record of one directory in one run: the one place that builds it. */
import { noChanges, noVerdicts } from "./counts.ts";
import { omitUndefined } from "./omit-undefined.ts";
import type { DirectoryRecord } from "./run.ts";

type Identity = "run" | "id" | "vendor" | "status" | "mode";

/** What a sweep found out; whatever is not given was not found out, and counts as none. */
export type DirectoryFindings = {
  readonly [K in Exclude<keyof DirectoryRecord, Identity>]?: DirectoryRecord[K] | undefined;
};

/** A record with its keys in the order in which they are printed and signed. */
export function directoryRecord(
  { run, id, vendor, status, mode }: Pick<DirectoryRecord, Identity>,
  found: DirectoryFindings = {},
): DirectoryRecord {
  return omitUndefined({
    run,
    id,
    vendor,
    status,
    mode,
    read: found.read ?? 0,
    listed: found.listed,
    total: found.total,
    plan: found.plan,
    verdicts: found.verdicts ?? noVerdicts(),
    after: found.after ?? noVerdicts(),
    changes: found.changes ?? noChanges(),
    facts: found.facts,
    problems: [...(found.problems ?? [])],
    duplicates: found.duplicates,
    shards: found.shards,
    departed: found.departed,
    violatingAdministrators: found.violatingAdministrators,
    manifest: found.manifest,
    sealedAs: found.sealedAs,
  });
}
