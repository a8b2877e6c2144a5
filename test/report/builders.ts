/** A record, a head and a row of a report, for tests that say only what matters to them. */

import { type DirectoryRecord, noChanges, noVerdicts } from "../../lib/model/index.ts";
import type { ReportHead, ReportRow } from "../../lib/report/data/index.ts";

export const directoryRecord = (change: Partial<DirectoryRecord> = {}): DirectoryRecord => ({
  run: "01JRUN",
  id: "workforce",
  vendor: "pingone",
  status: "completed",
  mode: "enforce",
  total: 9,
  read: 9,
  verdicts: noVerdicts(),
  after: noVerdicts(),
  changes: noChanges(),
  problems: [],
  ...change,
});

/** Of a complete run. */
export const reportHead = (change: Partial<ReportHead> = {}): ReportHead => ({
  run: "01JRUN",
  mode: "enforce",
  status: "completed",
  origin: { by: "tester", how: "test" },
  policy: "ab".repeat(32),
  code: "0.1.0",
  startedAt: "2026-10-01T06:00:00.000Z",
  endedAt: "2026-10-01T06:10:00.000Z",
  madeAt: "2026-10-01T06:11:00.000Z",
  directories: [directoryRecord()],
  incomplete: [],
  ...change,
});

/** Of somebody who violates, and nothing was tried. */
export const reportRow = (change: Partial<ReportRow> = {}): ReportRow => ({
  directory: "workforce",
  vendor: "pingone",
  kind: "account",
  id: "05ad3cc6-8723-4f85-9711-05ad549717f6",
  username: "jane@example.com",
  verdict: "violating",
  read: "violating",
  why: "MFA is off.",
  rule: "everyone",
  requirement: "registered",
  facts: { active: true, enabled: false, devices: [] },
  observedAt: "2026-10-01T06:05:00.000Z",
  since: "2026-09-01T06:05:00.000Z",
  ...change,
});
