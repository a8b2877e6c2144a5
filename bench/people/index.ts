/** Row of the people over several directories: in how much memory they are joined, and that they are counted right. */
import * as v from "valibot";
import { fixed, MIB, thousands } from "../shared/figures.ts";
import { runScript } from "../shared/processes.ts";
import type { Row } from "../shared/table.ts";
import { withTemporaryFolder } from "../shared/temporary-folder.ts";
import { DIRECTORIES, hasAccount, storeDirectories, violates } from "./store-directories.ts";

/** Of a person; six of them have 13 accounts. */
const ACCOUNTS_A_PERSON = 13 / 6;
const REPORT_TIMEOUT_MS = 30 * 60_000;
const MAX_MIB = 256;

const figuresSchema = v.object({
  seconds: v.number(),
  cpuSeconds: v.number(),
  peakBytes: v.number(),
  rows: v.number(),
  coverage: v.object({ everywhere: v.number(), somewhere: v.number(), nowhere: v.number(), ambiguous: v.number() }),
});

export const measurePeople = (accounts: number): Promise<Row[]> =>
  withTemporaryFolder(async (state) => {
    const people = Math.ceil(accounts / ACCOUNTS_A_PERSON);
    await storeDirectories(state, people);
    const answer = await runScript("bench/people/report-process.ts", { state }, REPORT_TIMEOUT_MS);
    const figures = v.parse(figuresSchema, answer);
    const { peakBytes, rows, seconds, coverage } = figures;
    const isRight = coverage.somewhere === countOpen(people) && coverage.everywhere === people - countOpen(people);
    return [
      {
        what: `people of ${thousands(rows)} accounts in ${DIRECTORIES.length} directories: peak memory`,
        target: `≤ ${MAX_MIB} MiB, all counted right`,
        measured: `${fixed(peakBytes / MIB, 0)} MiB${isRight ? "" : "; counted wrong"}`,
        met: peakBytes <= MAX_MIB * MIB && isRight,
        note: `${thousands(people)} people, ${thousands(coverage.somewhere)} of them not covered everywhere; page and two tables in ${fixed(seconds, 1)} s`,
        figures,
      },
    ];
  });

/** Whose account in the last directory violates; the one in the first never does. */
function countOpen(people: number): number {
  const last = DIRECTORIES.length - 1;
  let open = 0;
  for (let person = 0; person < people; person++) if (hasAccount(person, last) && violates(person, last)) open++;
  return open;
}
