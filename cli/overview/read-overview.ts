/** Reads what `warden` alone shows: whether there is a workspace, what its policy says, and what was recorded last. */

import { existsSync } from "node:fs";
import {
  type DirectoryRecord,
  type Ledger,
  omitUndefined,
  type PlanRecord,
  planStatusAt,
  type RunRecord,
} from "../../lib/model/index.ts";
import type { Policy } from "../../lib/policy/index.ts";
import { inspectPolicy } from "../input/policy-file.ts";
import { clock, hasRecords, openRecords, withRecords } from "../local/records.ts";
import { readStatus } from "../status/read-status.ts";
import type { StateOptions } from "../terminal/options.ts";

const DEADLINE_MS = 60_000;

export interface PolicyState {
  readonly file: string;
  /** Absent where the file has errors. */
  readonly content?: Policy;
  /** How many errors it has. */
  readonly errors: number;
}

export interface Overview {
  /** Absent where there is no such file. */
  readonly policy?: PolicyState;
  /** Where the records are; absent where nothing is recorded. */
  readonly state?: string;
  /** The sweep of each directory that ended last. */
  readonly records: readonly DirectoryRecord[];
  /** Digest of the policy that each of these went by, by the id of the directory. */
  readonly judgedBy: ReadonlyMap<string, string>;
  /** Ids of directories of the policy that no sweep has ended of. */
  readonly neverSwept: readonly string[];
  /** Plans that wait for a person. */
  readonly waiting: readonly PlanRecord[];
  /** Why changes are halted, by directory; `all` for all of them. */
  readonly halted: readonly { readonly directory: string; readonly why: string }[];
  /** A run that is going now. */
  readonly running?: RunRecord;
}

export interface OverviewOptions extends StateOptions {
  readonly policy: string;
}

type Recorded = Omit<Overview, "policy" | "neverSwept">;
const NOTHING_RECORDED: Recorded = { records: [], judgedBy: new Map(), waiting: [], halted: [] };

export async function readOverview(options: OverviewOptions): Promise<Overview> {
  const policy = existsSync(options.policy) ? readPolicyState(options.policy) : undefined;
  const recorded = hasRecords(options) ? await readRecorded(options) : NOTHING_RECORDED;
  const swept = new Set(recorded.records.filter(({ status }) => status !== "running").map(({ id }) => id));
  const configured = policy?.content?.directories.map(({ id }) => id) ?? [];
  return omitUndefined({ ...recorded, policy, neverSwept: configured.filter((id) => !swept.has(id)) });
}

function readPolicyState(file: string): PolicyState {
  const read = inspectPolicy(file);
  return "policy" in read ? { file, content: read.policy, errors: 0 } : { file, errors: read.errors.length };
}

const readRecorded = async (options: OverviewOptions): Promise<Recorded> =>
  withRecords(await openRecords(options, AbortSignal.timeout(DEADLINE_MS)), async ({ ledger, place }) => {
    const { runs, dead, directories, undoing, halted } = await readStatus(ledger, 0);
    const plans = directories.flatMap(({ plan }) => (plan && planStatusAt(plan, clock()) === "waiting" ? plan : []));
    const haltedAlone = directories.flatMap(({ record, halted: why }) =>
      why === undefined || why === halted ? [] : { directory: record.id, why },
    );
    const records = directories.map(({ record }) => record);
    return omitUndefined({
      state: place,
      records,
      judgedBy: await readPolicyDigests(ledger, records),
      waiting: [...plans, ...undoing],
      halted: [...(halted === undefined ? [] : [{ directory: "all", why: halted }]), ...haltedAlone],
      running: runs.find(({ run, status }) => status === "running" && !dead.has(run)),
    });
  });

async function readPolicyDigests(
  ledger: Pick<Ledger, "readRun">,
  records: readonly DirectoryRecord[],
): Promise<ReadonlyMap<string, string>> {
  const found = await Promise.all(records.map(async ({ id, run }) => ({ id, known: await ledger.readRun(run) })));
  return new Map(found.flatMap(({ id, known }) => (known ? [[id, known.run.policy] as const] : [])));
}
