/** People over all directories as JSON: whole for its file, as counts for `report --json`. */

import type { People, ReportHead } from "../data/index.ts";
import { incompleteWarning, openingNotice } from "./notices.ts";
import { jsonLine } from "./text.ts";

export const PEOPLE_FILE = "people.json";

/** One line of JSON: the counts, the first 200 of each list, and from which sweeps they come. */
export const peopleJson = (head: ReportHead, people: People): string =>
  `${jsonLine({
    complete: incompleteWarning(head) === undefined && people.missing.length === 0,
    warning: openingNotice(head),
    run: head.run,
    ...people,
  })}\n`;

/** What `report --json` says of people. */
export const peopleCounts = ({ weakest, ambiguous, notJoined, ...people }: People): object => ({
  ...people,
  openInSeveral: weakest.count,
  ambiguous: ambiguous.count,
  notJoined: notJoined.count,
});
