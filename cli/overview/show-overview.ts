/** Shows in at most ten lines where things stand, the next command last. */

import type { DirectoryRecord } from "../../lib/model/index.ts";
import { isReadWhole } from "../../lib/model/index.ts";
import { formatAge } from "../../lib/report/index.ts";
import { commandLine } from "../terminal/command-text.ts";
import { countCoverage, coveragePieces } from "../terminal/coverage-text.ts";
import { results } from "../terminal/output.ts";
import { bold, cyan, dim, green, type Piece, red, yellow } from "../terminal/piece.ts";
import { statusPiece } from "../terminal/verdict-text.ts";
import type { NextStep } from "./next-step.ts";
import type { Overview } from "./read-overview.ts";

/** With the other lines they make ten. */
const MAX_DIRECTORIES = 4;
const LABEL_WIDTH = 11;

export function showOverview(overview: Overview, next: NextStep, now: number): void {
  if (overview.policy === undefined && overview.state === undefined) showBeginning();
  else showStanding(overview, next, now);
}

function showStanding(overview: Overview, next: NextStep, now: number): void {
  line("policy", ...policyPieces(overview));
  if (overview.state !== undefined) line("records", overview.state);
  showDirectories(overview, now);
  if (overview.waiting.length > 0) showWaiting(overview);
  if (overview.state !== undefined) line("changes", ...switchPieces(overview));
  line("next", cyan(commandLine(next.command)), dim(`  ${next.why}`));
}

const line = (label: string, ...pieces: readonly Piece[]) => results.line(dim(label.padEnd(LABEL_WIDTH)), ...pieces);

function showBeginning(): void {
  results.line("There is no policy.yaml and nothing is recorded, neither here nor in a folder above. To begin:");
  results.line(`  ${commandLine("demo")}    `, dim("shows it all on simulated vendors, in a minute"));
  results.line(`  ${commandLine("init")}    `, dim("asks for your tenant, and writes a policy that fits"));
  results.line(`  ${commandLine("--help")}  `, dim("lists all commands"));
}

function policyPieces({ policy }: Overview): Piece[] {
  if (policy === undefined) return [yellow("none")];
  const { file, content, errors } = policy;
  if (content === undefined) return [bold(file), ": ", red(errors === 1 ? "one error" : `${errors} errors`)];
  const { directories, rules } = content;
  const enforced = directories.filter(({ mode }) => mode === "enforce").length;
  return [bold(file), `: directories ${directories.length} (${enforced} in mode enforce), rules ${rules.length}`];
}

function showDirectories({ records, neverSwept }: Overview, now: number): void {
  const lines = [
    ...neverSwept.map((id): Piece[] => [bold(id), "  ", yellow("never swept")]),
    ...records.toSorted((a, b) => urgency(b) - urgency(a)).map((record) => directoryPieces(record, now)),
  ];
  const shown = lines.length > MAX_DIRECTORIES ? lines.slice(0, MAX_DIRECTORIES - 1) : lines;
  for (const [number, pieces] of shown.entries()) line(number === 0 ? "last sweep" : "", ...pieces);
  if (shown.length < lines.length) line("", dim(`and ${lines.length - shown.length} more; \`status\` shows all`));
}

/** What was not read whole is worse than any number of accounts. */
const urgency = (record: DirectoryRecord): number => {
  const { violating, unknown } = record.after;
  return isReadWhole(record.status) ? violating + unknown : Number.POSITIVE_INFINITY;
};

function directoryPieces(record: DirectoryRecord, now: number): Piece[] {
  const { id, status, endedAt } = record;
  const age = endedAt === undefined ? "" : ` ${formatAge(Math.max(0, now - Date.parse(endedAt)))} ago`;
  return [bold(id), "  ", statusPiece(status), `${age}: `, ...coveragePieces(countCoverage([record]))];
}

function showWaiting({ waiting }: Overview): void {
  const changes = waiting.reduce((sum, plan) => sum + plan.changes, 0);
  const names = waiting.map(({ directory }) => directory);
  line("waiting", yellow(`${changes} changes wait for approval`), ` in ${[...new Set(names)].join(", ")}`);
}

function switchPieces({ halted }: Overview): Piece[] {
  const [first] = halted;
  if (!first) return [green("allowed")];
  const where = first.directory === "all" ? "" : ` for ${halted.map(({ directory }) => directory).join(", ")}`;
  return [red(`halted${where}: ${first.why}`)];
}
