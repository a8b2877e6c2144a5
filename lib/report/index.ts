/** The room of the report: turns what ledger and evidence hold into rows, a page and tables. */
export { frameworks } from "./controls/index.ts";
export { momentOf, type SubjectAsOf, subjectAsOf, timezoneOf } from "./data/as-of.ts";
export { ageText, type Rest, restsAt, restText, runsUntil } from "./data/basis.ts";
export { beforeText, type Compared, comparedCounts, comparedText } from "./data/comparison.ts";
export { coverageOf } from "./data/coverage.ts";
export type { DifferencePorts } from "./data/difference.ts";
export type { Gathered } from "./data/gather.ts";
export type { Format, ReportHead } from "./data/model.ts";
export { share } from "./data/wording.ts";
export { deliver, reportFolder, storeBeside } from "./delivery.ts";
export { formatsWith } from "./formats/index.ts";
export { PAGE, type Prepared, type Store, type Written, writeReport } from "./write.ts";
