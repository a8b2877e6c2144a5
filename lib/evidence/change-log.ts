/** The change log: every change of a run, or of an hour of events, with what came of it. */
import { type Change, type Evidence, noChanges } from "../model/index.ts";
import type { ManifestBase } from "./manifest.ts";
import { loadLines, type StoredFile, storePage } from "./page-file.ts";

/** What one file of the log holds: about 3 MB before it is packed. */
const CHANGES_PER_FILE = 5_000;

type LoggedChange = Pick<Change, "outcome">;

/** Writes changes as they come, 5,000 a file, and counts them by outcome. */
export async function storeChanges(
  evidence: Evidence,
  folder: string,
  pages: AsyncIterable<readonly LoggedChange[]>,
): Promise<Pick<ManifestBase, "changes" | "changeLog">> {
  const changeLog: StoredFile[] = [];
  const counts = noChanges();
  for await (const changes of filesOf(pages)) {
    for (const { outcome } of changes) {
      counts.planned++;
      if (outcome !== undefined) counts[outcome]++;
    }
    const key = `${folder}/changes-${String(changeLog.length).padStart(5, "0")}.ndjson.gz`;
    changeLog.push(await storePage(evidence, key, changes));
  }
  return { changeLog, changes: counts };
}

/** The changes of one file of a log. Throws as `loadFile` does. */
export const loadChanges = (evidence: Evidence, stored: StoredFile): Promise<Change[]> => loadLines(evidence, stored);

/** The same changes, cut into what one file holds; the last one may be shorter. */
async function* filesOf(pages: AsyncIterable<readonly LoggedChange[]>): AsyncGenerator<readonly LoggedChange[]> {
  let waiting: LoggedChange[] = [];
  for await (const page of pages) {
    waiting.push(...page);
    while (waiting.length >= CHANGES_PER_FILE) {
      yield waiting.slice(0, CHANGES_PER_FILE);
      waiting = waiting.slice(CHANGES_PER_FILE);
    }
  }
  if (waiting.length > 0) yield waiting;
}
