/** Says what `serve` does: one line for each subject that was handled, or one JSON object a line for machines. */

import type { ReceivedMessage } from "../../lib/model/index.ts";
import type { Rechecked } from "../../lib/recheck/index.ts";
import type { WebhookCount, WebhookPorts } from "../../lib/webhook/index.ts";
import { clock } from "../local/records.ts";
import { errors, results } from "../terminal/output.ts";
import { dim, green, type Piece, red, yellow } from "../terminal/piece.ts";

/** As often as the embedded queue hands a message out before it is a dead letter. */
const MAX_RECEIVES = 5;

export interface ServeReporter {
  readonly onRechecked: (event: Rechecked) => void;
  readonly count: WebhookPorts["count"];
  readonly onFailed: (message: ReceivedMessage) => void;
}

export function serveReporter(json: boolean | undefined): ServeReporter {
  const now = () => new Date(clock()).toISOString();
  return {
    onRechecked: (event) => {
      if (json) results.jsonLine({ at: now(), ...event });
      else results.line(dim(now()), `  ${event.directory}/${event.subject}  `, ...describeRecheck(event));
    },
    count: (name, n) => {
      const sentence = COUNT_SENTENCES[name];
      if (sentence) errors.line(`${now()}  ${n} ${sentence}`);
    },
    onFailed: ({ id, receives }) => errors.line(`${now()}  message ${id}: ${describeFailure(receives)}`),
  };
}

const COUNT_SENTENCES: Partial<Record<WebhookCount, string>> = {
  unauthenticated: "call refused (401): its credential is wrong or missing",
  broken: "events could not be read; `replay` shows why",
};

const describeFailure = (receives: number) =>
  receives < MAX_RECEIVES
    ? `failed ${receives} of ${MAX_RECEIVES} times; it comes again later, after a longer wait each time`
    : `failed ${receives} times; it is with the dead letters now, and \`replay\` brings it back`;

function describeRecheck({ did, outcome, why }: Rechecked): Piece[] {
  const reason = why === undefined ? "" : `: ${why}`;
  switch (did) {
    case "changed":
      return [outcome === "enforced" || outcome === "already" ? green(outcome) : yellow(outcome ?? did), reason];
    case "looked":
      return outcome === undefined ? ["looked at; there was nothing to change"] : [yellow(outcome), reason];
    case "seen":
      return [dim("handled before")];
    case "older":
      return [dim("older than what is recorded; the vendor was not asked")];
    case "gone":
      return ["gone: the vendor has no such account"];
    case "failed":
      return [red("failed"), reason];
  }
}
