/** `switch`: the kill switch. Off, nothing is changed any more; sweeps go on reading, judging and recording. */

import { Argument, Command } from "commander";
import { WardenError } from "../../lib/errors.ts";
import type { Ledger } from "../../lib/model/index.ts";
import { openExisting, originOf, using } from "../local/laptop.ts";
import { latestRecords } from "../local/latest.ts";
import { readPolicy } from "../terminal/input.ts";
import { acting, type StateOptions, withState } from "../terminal/options.ts";
import { results } from "../terminal/output.ts";
import { bold, green, red } from "../terminal/piece.ts";
import { plainReason } from "../terminal/reason.ts";

interface SwitchOptions extends StateOptions {
  readonly reason: string;
  readonly directory?: string;
  readonly policy?: string;
}

export const switchCommand = (): Command =>
  withState(new Command("switch"))
    .description(
      "The kill switch: off halts all changes at once, also those of a running sweep, while sweeps go on reading and judging; on allows changes again",
    )
    .addArgument(new Argument("<position>").choices(["off", "on"]))
    .requiredOption("--reason <text>", "why; kept on record", plainReason)
    .option("--directory <id>", "only this directory (default: all)")
    .option("--policy <file>", "with --directory: a policy that knows it, when no run has swept it yet")
    .action(acting(turn));

async function turn(position: string, options: SwitchOptions): Promise<number> {
  return using(await openExisting(options, AbortSignal.timeout(60_000)), async ({ ledger, place }) => {
    const { directory, reason } = options;
    if (directory !== undefined) await checkKnown(ledger, directory, options.policy);
    const scope = directory ?? "all";
    // What allows changes again has no place for a reason of its own: it stands with who did it.
    const how = position === "off" ? "switch off" : `switch on: ${reason}`;
    await ledger.setKillSwitch(scope, position === "off" ? reason : undefined, originOf(how, options.aws));
    const { halted } = await ledger.readGuards(scope);
    const still = scope === "all" && halted === undefined ? await haltedAlone(ledger, options.policy) : [];
    const who = directory ?? "all directories";
    if (options.json) results.json({ scope, place, halted: halted ?? null, stillHalted: still });
    else if (still.length > 0) showStill(still, place);
    else results.line("Changes to ", bold(who), ` of ${place} are `, allowedOr(halted));
    return 0;
  });
}

const allowedOr = (halted: string | undefined) => (halted === undefined ? green("allowed") : red(`halted: ${halted}`));

/** Directories with a switch of their own that is off, out of those that a run has swept or the policy names. */
async function haltedAlone(ledger: Ledger, policy: string | undefined): Promise<string[]> {
  const named = policy === undefined ? [] : readPolicy(policy).directories;
  const ids = new Set([...named, ...(await latestRecords(ledger))].map(({ id }) => id));
  const looked = await Promise.all([...ids].map(async (id) => ({ id, ...(await ledger.readGuards(id)) })));
  return looked.filter(({ halted }) => halted !== undefined).map(({ id }) => id);
}

function showStill(still: readonly string[], place: string): void {
  const command = (id: string) => `\`switch on --directory ${id} --reason …\``;
  const [one, ...more] = still;
  const advice = one !== undefined && more.length === 0 ? `${command(one)} allows it.` : `${command("ID")} allows one.`;
  results.line(
    `The switch for all directories of ${place} is on. `,
    red(`Still halted: ${still.join(", ")}`),
    `; ${advice}`,
  );
}

/** A mistyped name would leave the right one on. */
async function checkKnown(ledger: Ledger, directory: string, policy: string | undefined): Promise<void> {
  if (policy !== undefined && readPolicy(policy).directories.some(({ id }) => id === directory)) return;
  if ((await ledger.listRuns(50)).some(({ directories }) => directories.includes(directory))) return;
  throw new WardenError(
    "ERR_INPUT_INVALID",
    `No run has swept ${directory} and no policy given with --policy names it; the switch was not moved.`,
  );
}
