/** What a report reads the stored runs by: the evidence from its folder, the ledger from memory. */
import type { RunRecord, SubjectState } from "../../lib/model/index.ts";
import type { ReportPorts } from "../../lib/report/index.ts";
import { folderEvidence } from "../shared/evidence-stores.ts";
import { DIRECTORY } from "../shared/policy.ts";
import { evidenceIn, ORIGIN, PAGE_SIZE, readRecords, type StoredRecords } from "./store-runs.ts";
import { AT, changesOf, DAY_MS, runBefore, runOf } from "./swept-people.ts";

const RUNS_ON_RECORD = 30;

/** @param compares the run before has a manifest too, so there is something to compare with */
export const reportPorts = (state: string, compares: boolean): ReportPorts => ({
  ledger: memoryLedger(readRecords(state), compares),
  evidence: folderEvidence(evidenceIn(state)),
  clock: () => Date.parse(AT),
});

/** A ledger with the run and 29 before it, of which the first is the run before. */
function memoryLedger({ subjects, policyHash, record, before }: StoredRecords, compares: boolean) {
  const [latest, earlier] = [runOf(subjects), runBefore(subjects)];
  const names = [latest.run, earlier.run];
  const runs = Array.from({ length: RUNS_ON_RECORD }, (_, daysAgo) =>
    runRecord(names[daysAgo] ?? `01K${daysAgo}`, daysAgo, policyHash),
  );
  const { manifest: _, ...withoutManifest } = record;
  const recordOf = (run: string) => {
    if (run === latest.run) return record;
    return run === earlier.run && compares ? before : { ...withoutManifest, run };
  };
  const ledger: ReportPorts["ledger"] = {
    async readRun(name) {
      const run = runs.find((known) => known.run === name);
      return run && { run, directories: [recordOf(name)] };
    },
    listRuns: async (limit) => runs.slice(0, limit),
    listChanges: (run) => changesOf(run === earlier.run ? earlier : latest, PAGE_SIZE),
    async *listEventChanges() {},
    readStates: async (_, ids) => new Map(ids.map((id) => [id, stateOf(id, latest.run)])),
    readHistory: async () => ({ events: [] }),
    readPlans: async () => [],
    listAttempts: async () => [],
  };
  return ledger;
}

const runRecord = (run: string, daysAgo: number, policy: string): RunRecord => ({
  run,
  mode: "enforce",
  status: "completed",
  origin: ORIGIN,
  policy,
  code: "bench",
  startedAt: new Date(Date.parse(AT) - daysAgo * DAY_MS).toISOString(),
  endedAt: AT,
  directories: [DIRECTORY],
});

function stateOf(id: string, run: string): SubjectState {
  const facts = { active: true, enabled: true };
  const judgement = { verdict: "compliant", why: "MFA is on.", rule: "everyone", requirement: "enabled" } as const;
  return {
    directory: DIRECTORY,
    id,
    username: "",
    judgement,
    facts,
    observedAt: AT,
    firstSeenAt: AT,
    event: { ...judgement, id: `${AT}#1`, kind: "outcome", at: AT, run, facts, outcome: "enforced" },
  };
}
