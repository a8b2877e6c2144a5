/** The words that tell a team what a run found. Pure. */
import { createHash } from "node:crypto";
import type { EventNotice, RunRecord, TeamTopic } from "../model/index.ts";
import { plainLine } from "./compose.ts";
import { fillInRun } from "./compose-plan.ts";
import { textOfParts } from "./parts.ts";

/** What is told, whoever it is told to. */
export interface EventWords {
  readonly topic: TeamTopic;
  readonly run: Pick<RunRecord, "run" | "origin">;
  /** Our own words alone. */
  readonly subject: string;
  /** One sentence or two behind "Run … , started by … ,". */
  readonly found: string;
  /** A line each, which may hold foreign text. */
  readonly items: readonly string[];
  /** What to call next, with what it is for. */
  readonly commands: EventNotice["parts"]["commands"];
  readonly link?: string | undefined;
}

/** More would be no message but a report. */
const MAX_ITEMS = 100;
/** As much as a chat shows of a line. */
const MAX_ITEM_CHARACTERS = 300;

export function composeEventNotice(words: EventWords, to: readonly string[]): EventNotice {
  const {
    topic,
    run: { run, origin },
    subject,
    found,
    items,
    commands,
  } = words;
  const link = fillInRun(words.link, run);
  const shown = items.slice(0, MAX_ITEMS).map((item) => plainLine(item, MAX_ITEM_CHARACTERS));
  const parts = {
    lead: `Run ${run}, started by ${plainLine(origin.by)}, ${found}`,
    items: items.length > MAX_ITEMS ? [...shown, `and ${items.length - MAX_ITEMS} more`] : shown,
    commands,
    closing: [
      "The same is not told again for as long as it stays so.",
      `You get this message because notify.${topic} of the policy names you.`,
    ],
  };
  return {
    id: createHash("sha256")
      .update(JSON.stringify([topic, run, to, items]))
      .digest("hex"),
    kind: topic,
    to,
    run,
    subject,
    text: textOfParts(parts, link),
    parts,
    ...(link === undefined ? {} : { link }),
  };
}
