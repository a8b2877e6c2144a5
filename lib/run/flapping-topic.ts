/** The topic `flapping`: accounts that somebody changes back again and again, so that we change them no more for a day. */
import { mapConcurrently } from "../concurrency.ts";
import type { Change, DirectoryRecord } from "../model/index.ts";
import { shellWord } from "../notice/index.ts";
import { countOf, type Finding, linesOf, type Topic } from "./finding.ts";
import type { RunPorts } from "./ports.ts";

const HOUR_MS = 3_600_000;
/** As long as the limit of an account looks back. */
const HOURS_LOOKED_BACK = 24;
const READS_IN_PARALLEL = 8;
const OVER_LIMIT = "ERR_LIMIT_ACCOUNT";

export const flappingTopic: Topic = {
  tellsEnd: false,
  async find(ports, record) {
    const refused = [...(await refusedByEvents(ports, record.id)), ...(await refusedInRun(ports, record))];
    const byAccount = new Map(refused.map((change) => [change.id, change]));
    return [...byAccount.values()].map(
      ({ id, username, why = "" }): Finding => ({ fact: id, line: `${username} (${id}): ${why}` }),
    );
  },
  describe: (_, __, fresh) => ({
    subject: `MFA: ${countOf(fresh, "account")} changed back again and again`,
    found: "found accounts that somebody changes back each time. They are left as they are for a day.",
    items: linesOf(fresh),
    commands: fresh.slice(0, 1).map(({ directory, findings }) => ({
      label: "Look at it",
      command: `history ${shellWord(`${directory}/${findings[0]?.fact}`)}`,
    })),
  }),
};

async function refusedByEvents({ ledger, clock }: RunPorts, directory: string): Promise<Change[]> {
  const hours = Array.from({ length: HOURS_LOOKED_BACK + 1 }, (_, back) =>
    new Date(clock() - back * HOUR_MS).toISOString().slice(0, "2026-11-22T14".length),
  );
  const found = await mapConcurrently(hours, READS_IN_PARALLEL, (hour) =>
    overLimit(ledger.listEventChanges(directory, hour)),
  );
  return found.flat();
}

/** A plan may be long: it is read only where something in it was refused. */
const refusedInRun = async ({ ledger }: RunPorts, { run, id, changes }: DirectoryRecord): Promise<Change[]> =>
  changes.refused > 0 ? overLimit(ledger.listChanges(run, id)) : [];

async function overLimit(pages: AsyncIterable<readonly Change[]>): Promise<Change[]> {
  const found: Change[] = [];
  for await (const changes of pages)
    found.push(...changes.filter(({ outcome, why }) => outcome === "refused" && why?.startsWith(OVER_LIMIT)));
  return found;
}
