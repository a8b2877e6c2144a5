/** `history`: everything that was recorded about one account, oldest first. */

import { Command } from "commander";
import { WardenError } from "../../lib/errors.ts";
import { loadPage } from "../../lib/evidence.ts";
import type { HistoryEvent } from "../../lib/model.ts";
import { readManifest } from "../../lib/sweep/closing.ts";
import { splitAccount } from "../account.ts";
import { openExisting, type Records, using } from "../laptop.ts";
import { latestRecords } from "../latest.ts";
import { acting, type StateOptions, withState } from "../options.ts";
import { results } from "../output.ts";
import { bold, dim, type Piece } from "../print.ts";
import { verdictPiece, verdictText } from "../summary.ts";

export const historyCommand = (): Command =>
  withState(new Command("history"))
    .description("Shows what was recorded about one account, oldest first")
    .argument("<directory/user>", "by the vendor's id, or by the exact user name it had in the last complete run")
    .action(acting(history));

async function history(name: string, options: StateOptions): Promise<number> {
  const { directory, account } = splitAccount(name);
  return using(await openExisting(options, AbortSignal.timeout(300_000)), async (records) => {
    const { state, events } = await find(records, directory, account);
    if (options.json) results.json({ directory, state: state ?? null, events });
    else if (state) show(`${directory}/${state.id}`, state.username, state.judgement, state.departed, events);
    return 0;
  });
}

type Found = Awaited<ReturnType<Records["ledger"]["history"]>>;

async function find(records: Records, directory: string, account: string): Promise<Found> {
  const byId = await records.ledger.history(directory, account);
  if (byId.state) return byId;
  const id = await idByName(records, directory, account);
  const byName = id === undefined ? undefined : await records.ledger.history(directory, id);
  if (byName?.state) return byName;
  throw new WardenError(
    "ERR_INPUT_INVALID",
    `Nothing is recorded about ${account} in ${directory}: neither by id, nor by exact user name in its last complete run.`,
  );
}

/** The ledger keeps no index of names; the last whole population has them all. */
async function idByName(
  { ledger, evidence }: Records,
  directory: string,
  username: string,
): Promise<string | undefined> {
  const whole = await latestRecords(ledger, ({ plan, manifest }) => plan !== undefined && manifest !== undefined);
  const record = whole.find(({ id }) => id === directory);
  if (!record) return undefined;
  const { parts } = await readManifest(evidence, record.run, directory, record.manifest);
  for (const page of parts.flatMap((part) => part.pages)) {
    const row = (await loadPage(evidence, page)).find((one) => one.username === username);
    if (row) return row.id;
  }
  return undefined;
}

function show(
  name: string,
  username: string,
  judgement: Parameters<typeof verdictPiece>[0],
  departed: string | undefined,
  events: readonly HistoryEvent[],
): void {
  results.line(
    bold(username),
    dim(`  ${name}  `),
    verdictPiece(judgement),
    departed === undefined ? "" : ` departed (${departed})`,
  );
  results.line();
  const columns = [
    { head: "when" },
    { head: "what", most: 60 },
    { head: "rule", most: 20 },
    { head: "run" },
    { head: "why" },
  ];
  results.table(
    columns,
    events.map((event) => [event.at, what(event), event.rule ?? "", event.run, event.why]),
  );
}

function what(event: HistoryEvent): Piece {
  if (event.kind === "departed") return "departed";
  if (event.outcome !== undefined) return event.outcome;
  const now = verdictText(asJudgement(event));
  if (event.was === undefined) return `first seen: ${now}`;
  return event.was === event.verdict ? `still ${now}` : `${event.was} → ${now}`;
}

const asJudgement = ({ verdict, requirement }: HistoryEvent): Parameters<typeof verdictText>[0] => {
  const known = (["enabled", "registered", "phishing-resistant"] as const).find((one) => one === requirement);
  return known === undefined ? { verdict } : { verdict, requirement: known };
};
