/**
 * The population as JSON Lines, for programs: one object per line. The first line is the run (`kind: "run"`, which says
 * `complete` first), the last one the counts (`kind: "end"`): a file without it was cut. Unlike the other formats it keeps
 * every character of a name.
 */

import type { Verdict } from "../../model/index.ts";
import type { Format, ReportHead, ReportRow, Table } from "../data/model.ts";
import { warningOf } from "./meaning.ts";
import { json } from "./text.ts";

export const jsonl: Format = {
  name: "jsonl",
  file: "population.jsonl",
  type: "application/jsonl",
  open: openJsonl,
};

function openJsonl(head: ReportHead): Table {
  const verdicts: Partial<Record<Verdict, number>> = {};
  let rows = 0;
  return {
    begin: () =>
      `${json({ complete: warningOf(head) === undefined, warning: warningOf(head), kind: "run", ...head })}\n`,
    row(row: ReportRow) {
      rows++;
      verdicts[row.verdict] = (verdicts[row.verdict] ?? 0) + 1;
      return `${json(row)}\n`;
    },
    end: () => `${json({ kind: "end", run: head.run, rows, verdicts })}\n`,
  };
}
