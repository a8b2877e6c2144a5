/**
 * The population as JSON Lines, for programs: one object per line. The first line is the run (`kind: "run"`, which says
 * `complete` first), the last one the counts (`kind: "end"`): a file without it was cut. Unlike the other formats it keeps
 * every character of a name.
 */

import type { Verdict } from "../../model/index.ts";
import type { Format, ReportHead, ReportRow, TableWriter } from "../data/index.ts";
import { incompleteWarning } from "./notices.ts";
import { jsonLine } from "./text.ts";

export const jsonlFormat: Format = {
  name: "jsonl",
  file: "population.jsonl",
  type: "application/jsonl",
  purpose: "for programs, one account a line",
  open: openJsonl,
};

function openJsonl(head: ReportHead): TableWriter {
  const verdicts: Partial<Record<Verdict, number>> = {};
  let rows = 0;
  return {
    begin() {
      const warning = incompleteWarning(head);
      // The file's name for it is `rests`.
      const { basis: rests, ...run } = head;
      return `${jsonLine({ complete: warning === undefined, warning, kind: "run", ...run, rests })}\n`;
    },
    row(row: ReportRow) {
      rows++;
      verdicts[row.verdict] = (verdicts[row.verdict] ?? 0) + 1;
      return `${jsonLine(row)}\n`;
    },
    end: () => `${jsonLine({ kind: "end", run: head.run, rows, verdicts })}\n`,
  };
}
