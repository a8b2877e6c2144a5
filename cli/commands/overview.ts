/** `warden` alone: where things stand, and the next command. */

import { Command } from "commander";
import { clock } from "../local/records.ts";
import { nextStep } from "../overview/next-step.ts";
import { type Overview, type OverviewOptions, readOverview } from "../overview/read-overview.ts";
import { showOverview } from "../overview/show-overview.ts";
import { countCoverage } from "../terminal/coverage-text.ts";
import { exitWith, policyOption, withState } from "../terminal/options.ts";
import { results } from "../terminal/output.ts";

export const overviewCommand = (): Command =>
  withState(new Command("overview"))
    .description("Tells in ten lines where things stand, and the next command")
    .addOption(policyOption())
    .action(exitWith(overview));

async function overview(options: OverviewOptions): Promise<number> {
  const now = clock();
  const found = await readOverview(options);
  const next = nextStep(found, now);
  if (options.json) results.json({ ...overviewJson(found), next });
  else showOverview(found, next, now);
  return 0;
}

const overviewJson = ({ policy, state, records, neverSwept, waiting, halted, running }: Overview) => ({
  policy: policy ? { file: policy.file, errors: policy.errors } : null,
  state: state ?? null,
  directories: records.map((record) => ({
    id: record.id,
    run: record.run,
    status: record.status,
    endedAt: record.endedAt ?? null,
    coverage: countCoverage([record]),
  })),
  neverSwept,
  waiting: waiting.map(({ run, directory, changes, expiresAt }) => ({ run, directory, changes, expiresAt })),
  halted,
  running: running?.run ?? null,
});
