/** `history`: everything that was recorded about one account, oldest first, what its vendor's own log says, or how it stood on a day. */

import { Command, Option } from "commander";
import { problemOf, WardenError } from "../../lib/errors.ts";
import { loadPage } from "../../lib/evidence/index.ts";
import { type FailedCall, type HistoryEvent, REQUIREMENTS, type VendorEvent } from "../../lib/model/index.ts";
import { type Basis, endOfPolicyDay, findBasis, type SubjectAsOf, subjectAsOf } from "../../lib/report/index.ts";
import { clock, openExisting, type Records, using } from "../local/laptop.ts";
import { basisJson, showBasis } from "../report/basis.ts";
import { splitAccount } from "../terminal/account.ts";
import { readInput } from "../terminal/input.ts";
import { acting, type StateOptions, withState } from "../terminal/options.ts";
import { errors, results } from "../terminal/output.ts";
import { bold, cyan, dim, type Piece } from "../terminal/piece.ts";
import { verdictPiece, verdictText } from "../terminal/summary.ts";

interface HistoryOptions extends StateOptions {
  readonly asOf?: string;
  readonly policy?: string;
  readonly secrets?: string;
  readonly secretsPrefix?: string;
}

const DEADLINE_MS = 300_000;
/** How far back the vendor's own log is asked. */
const LOG_DAYS = 90;

export const historyCommand = (): Command =>
  withState(new Command("history"))
    .description(
      "Shows what was recorded about one account, oldest first; with --policy also what its vendor's log says",
    )
    .argument("<directory/user>", "by the vendor's id, or by the exact user name it had in the last complete run")
    .option(
      "--policy <file>",
      `policy file: then the vendor's own log of the last ${LOG_DAYS} days is asked, if it has one`,
    )
    .addOption(new Option("--as-of <day>", "how it stood at the end of that day, like 2026-10-01").conflicts("policy"))
    .option("--secrets <file>", "with --policy: JSON file, directory id to secret")
    .addOption(
      new Option("--secrets-prefix <prefix>", "with --aws: stands before a secret's name").env("MFA_WARDEN_SECRETS"),
    )
    .action(acting(history));

async function history(name: string, options: HistoryOptions): Promise<number> {
  const { directory, account } = splitAccount(name);
  const signal = AbortSignal.timeout(DEADLINE_MS);
  return using(await openExisting(options, signal), async (records) => {
    if (options.asOf !== undefined) return stoodAt(records, { directory, account, day: options.asOf }, options);
    const now = clock();
    const looking = findBasis(records, directory, now);
    const { state, events } = await find(records, directory, account, looking);
    const basis = await looking.catch(reportUnknownBasis);
    const vendorEvents = state ? await askVendor(options, directory, state.id, signal) : undefined;
    const log = vendorEvents ? { vendorEvents } : {};
    if (options.json) results.json({ directory, state: state ?? null, events, ...log, rests: basisJson(basis) });
    else if (state) {
      show(`${directory}/${state.id}`, state.username, state.judgement, state.departed, events, vendorEvents ?? []);
      showBasis(directory, events.at(-1), now, basis);
    }
    return 0;
  });
}

/** What cannot be read hides nothing of what is recorded. */
function reportUnknownBasis(error: unknown): undefined {
  const { code, message } = problemOf(error);
  errors.line(`On which sweep this rests cannot be said: ${message} (${code})`);
}

interface Asked {
  readonly directory: string;
  readonly account: string;
  readonly day: string;
}

/** `--as-of`. Throws `ERR_RUN_UNKNOWN` where nothing at all is known of that day. */
async function stoodAt(
  records: Records,
  { directory, account, day }: Asked,
  { json }: HistoryOptions,
): Promise<number> {
  const moment = await endOfPolicyDay({ ...records, clock }, day);
  const { state } = await find(records, directory, account, findBasis(records, directory, moment));
  const stood = await subjectAsOf(records, directory, state?.id ?? account, moment);
  if (!stood.last && !stood.basis)
    throw new WardenError(
      "ERR_RUN_UNKNOWN",
      `No sweep had read everybody of ${directory} by the end of ${day}: nothing is known of that day.`,
    );
  const { basis, ...told } = stood;
  if (json) results.json({ day, ...told, rests: basisJson(basis) });
  else showStood(day, stood);
  return 0;
}

function showStood(day: string, { directory, id, username, moment, last, since, departed, basis }: SubjectAsOf): void {
  results.line(bold(username ?? id), dim(`  ${directory}/${id}  `), dim(`as of ${day}, until ${moment}`));
  if (!last) results.line("Nobody had seen it by then.");
  else if (departed) results.line(`departed, since ${last.at}: ${last.why}`);
  else results.line(verdictPiece(asJudgement(last)), `  since ${since}: ${last.why}`);
  showBasis(directory, last, Date.parse(moment), basis);
}

/** `undefined` where nobody asked, or the vendor keeps no log; that it cannot be read hides nothing of what is recorded here. */
async function askVendor(
  { policy, ...options }: HistoryOptions,
  directory: string,
  id: string,
  signal: AbortSignal,
): Promise<VendorEvent[] | undefined> {
  if (policy === undefined) return undefined;
  const input = await readInput({ ...options, policy, directory: [directory] }, clock, signal);
  const opened = await input.open(directory, signal);
  if (!opened.log) {
    errors.line(`The vendor of ${directory} keeps no log of an account that can be read.`);
    return undefined;
  }
  const to = clock();
  try {
    return await opened.log(id, new Date(to - LOG_DAYS * 24 * 3_600_000), new Date(to), signal);
  } catch (error) {
    const { code, message } = problemOf(error);
    errors.line(`The vendor's own log is missing below: ${message} (${code})`);
    return undefined;
  }
}

type Found = Awaited<ReturnType<Records["ledger"]["readHistory"]>>;

/** @param looking awaited only for somebody who is not named by id */
async function find(
  records: Records,
  directory: string,
  account: string,
  looking: Promise<Basis | undefined>,
): Promise<Found> {
  looking.catch(() => {});
  const byId = await records.ledger.readHistory(directory, account);
  if (byId.state) return byId;
  const id = await idByName(records, account, await looking);
  const byName = id === undefined ? undefined : await records.ledger.readHistory(directory, id);
  if (byName?.state) return byName;
  throw new WardenError(
    "ERR_INPUT_INVALID",
    `Nothing is recorded about ${account} in ${directory}: neither by id, nor by exact user name in its last complete run.`,
  );
}

/** The ledger keeps no index of names; the last whole population has them all. */
async function idByName(
  { evidence }: Records,
  username: string,
  basis: Basis | undefined,
): Promise<string | undefined> {
  for (const page of basis?.manifest.parts.flatMap((part) => part.pages) ?? []) {
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
  vendorEvents: readonly VendorEvent[],
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
  const rows = [
    ...events.map((event) => ({ at: event.at, row: [what(event), event.rule ?? "", event.run, whyOf(event)] })),
    ...vendorEvents.map(({ at, action, by = "", detail = "" }) => ({
      at,
      row: [cyan(`the vendor: ${action}`), "", by, detail],
    })),
  ];
  results.table(
    columns,
    rows.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at)).map(({ at, row }) => [at, ...row]),
  );
}

const whyOf = ({ why, detail }: HistoryEvent): string => (detail ? `${why} [${callText(detail)}]` : why);

/** What is kept of a call that failed, as names and numbers. */
function callText({ method, path, status, vendorCode, said = {}, requestId, targets = [] }: FailedCall): string {
  const named = (name: string, value: string | number | undefined) => (value === undefined ? [] : [`${name} ${value}`]);
  const call = [method, path, status].filter((part) => part !== undefined).join(" ");
  return [
    ...(call === "" ? [] : [call]),
    ...named("code", vendorCode),
    ...Object.entries(said).flatMap(([name, value]) => named(name, value)),
    ...named("request", requestId),
    ...named("about", targets.length > 0 ? targets.join(", ") : undefined),
  ].join("; ");
}

function what(event: HistoryEvent): Piece {
  if (event.kind === "departed") return "departed";
  if (event.outcome !== undefined) return event.outcome;
  const now = verdictText(asJudgement(event));
  if (event.was === undefined) return `first seen: ${now}`;
  return event.was === event.verdict ? `still ${now}` : `${event.was} → ${now}`;
}

const asJudgement = ({ verdict, requirement }: HistoryEvent): Parameters<typeof verdictText>[0] => {
  const known = ([...REQUIREMENTS, "profile"] as const).find((one) => one === requirement);
  return known === undefined ? { verdict } : { verdict, requirement: known };
};
