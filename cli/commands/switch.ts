/** `switch`: the kill switch. Off, nothing is changed any more; sweeps go on reading, judging and recording. */

import { Argument, Command } from "commander";
import { WardenError } from "../../lib/errors.ts";
import type { Ledger } from "../../lib/model/index.ts";
import { readPolicy } from "../input/policy-file.ts";
import { plainReason } from "../input/reason.ts";
import { latestRecords } from "../local/latest.ts";
import { originOf } from "../local/origin.ts";
import { hasRecords, openRecords, withRecords } from "../local/records.ts";
import { exitWith, pathOption, type StateOptions, withState } from "../terminal/options.ts";
import { errors, results } from "../terminal/output.ts";
import { bold, green, red } from "../terminal/piece.ts";

interface SwitchOptions extends StateOptions {
  readonly reason: string;
  readonly directory?: string;
  readonly policy?: string;
}

const DEADLINE_MS = 60_000;
const RUNS_SEARCHED = 50;
const ALL = "all";

export const switchCommand = (): Command =>
  withState(new Command("switch"))
    .description(
      "The kill switch: off halts all changes at once, also those of a running sweep, while sweeps go on reading and judging; on allows changes again",
    )
    .addArgument(new Argument("<position>").choices(["off", "on"]))
    .requiredOption("--reason <text>", "why; kept on record", plainReason)
    .option("--directory <id>", "only this directory (default: all)")
    .addOption(pathOption("--policy <file>", "with --directory: a policy that knows it, when no run has swept it yet"))
    .action(exitWith(turnSwitch));

/** Works before the first sweep, too: nobody has to let a sweep change something first. */
async function turnSwitch(position: string, options: SwitchOptions): Promise<number> {
  const isNew = !hasRecords(options);
  return withRecords(await openRecords(options, AbortSignal.timeout(DEADLINE_MS)), async (records) => {
    const { ledger, place } = records;
    const { directory, reason, policy } = options;
    if (directory !== undefined) await checkDirectoryKnown(ledger, directory, policy);
    const scope = directory ?? ALL;
    // What allows changes again has no place for a reason of its own: it stands with who did it.
    const how = position === "off" ? "switch off" : `switch on: ${reason}`;
    await ledger.setKillSwitch(scope, position === "off" ? reason : undefined, originOf(how, options.aws));
    const { halted } = await ledger.readGuards(scope);
    const stillHalted = scope === ALL && halted === undefined ? await listHalted(ledger, policy) : [];
    if (options.json) results.json({ scope, place, halted: halted ?? null, stillHalted });
    else if (stillHalted.length > 0) showStillHalted(stillHalted, place);
    else showPosition(directory ?? "all directories", place, halted);
    if (isNew) errors.line(`Nothing was recorded in ${place} before: check that it is the folder your sweeps use.`);
    return 0;
  });
}

/** A mistyped name would leave the right one on. */
async function checkDirectoryKnown(ledger: Ledger, directory: string, policy: string | undefined): Promise<void> {
  if (policy !== undefined && readPolicy(policy).directories.some(({ id }) => id === directory)) return;
  if ((await ledger.listRuns(RUNS_SEARCHED)).some(({ directories }) => directories.includes(directory))) return;
  throw new WardenError(
    "ERR_INPUT_INVALID",
    `No run has swept ${directory} and no policy given with --policy names it; the switch was not moved.`,
  );
}

/** Directories with a switch of their own that is off, out of those that a run has swept or the policy names. */
async function listHalted(ledger: Ledger, policy: string | undefined): Promise<string[]> {
  const named = policy === undefined ? [] : readPolicy(policy).directories;
  const ids = new Set([...named, ...(await latestRecords(ledger))].map(({ id }) => id));
  const guards = await Promise.all([...ids].map(async (id) => ({ id, ...(await ledger.readGuards(id)) })));
  return guards.filter(({ halted }) => halted !== undefined).map(({ id }) => id);
}

/** @param halted why; `undefined` while changes are allowed */
function showPosition(who: string, place: string, halted: string | undefined): void {
  const state = halted === undefined ? green("allowed") : red(`halted: ${halted}`);
  results.line("Changes to ", bold(who), ` of ${place} are `, state);
}

function showStillHalted(directories: readonly string[], place: string): void {
  const command = (id: string) => `\`switch on --directory ${id} --reason …\``;
  const advice =
    directories.length === 1 ? `${command(directories.join())} allows it.` : `${command("ID")} allows one.`;
  results.line(
    `The switch for all directories of ${place} is on. `,
    red(`Still halted: ${directories.join(", ")}`),
    `; ${advice}`,
  );
}
