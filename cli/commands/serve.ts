/** `serve`: takes webhooks and works on the event queue, in the foreground; what the deployed functions do in AWS. */

import { Command, Option } from "commander";
import { hookSecrets, hooksOf } from "../../functions/hooks.ts";
import { polledDirectories } from "../../functions/polled-directories.ts";
import { omitUndefined } from "../../lib/model/index.ts";
import { hashPolicy } from "../../lib/policy/index.ts";
import type { PollPorts } from "../../lib/poll/index.ts";
import { messageRechecker } from "../../lib/recheck/index.ts";
import { webhookCredentials } from "../../lib/webhook/index.ts";
import { type Input, readInput } from "../input/read-input.ts";
import { subjectPorts, sweepPorts } from "../local/ports.ts";
import { clock, openRecords, type Records, withRecords } from "../local/records.ts";
import { sealHourly } from "../local/sealing.ts";
import { renewTwiceADay } from "../local/webhook-renewal.ts";
import { work } from "../local/worker.ts";
import { announceServing } from "../serve/announce.ts";
import { pollUntilStopped } from "../serve/polling.ts";
import { type ServeReporter, serveReporter } from "../serve/reporter.ts";
import { addressOf, closeServer, startWebhookServer } from "../serve/webhook-server.ts";
import { onStop } from "../terminal/interrupt.ts";
import { exitWith, type PolicyOptions, wholeNumber, withPolicy, withQueue } from "../terminal/options.ts";
import { errors } from "../terminal/output.ts";

interface ServeOptions extends PolicyOptions {
  readonly port: number;
  /** Seconds between two polls of the logs of vendors that send no webhooks. */
  readonly poll: number;
  /** How long what failed waits before it comes again, in ms; the longer the more often it failed. */
  readonly retry?: number;
}

export const serveCommand = (): Command =>
  withQueue(withPolicy(new Command("serve")))
    .description("Takes webhooks on this machine and acts on each event at once, until Ctrl-C")
    .option("--port <number>", "0: any free one", wholeNumber(0), 8787)
    .option("--poll <seconds>", "how often the logs of vendors without webhooks are asked", wholeNumber(1), 60)
    .addOption(new Option("--retry <ms>").argParser(wholeNumber(1)).hideHelp())
    .action(exitWith(serve));

async function serve(options: ServeOptions): Promise<number> {
  const stop = stopSignal();
  const input = await readInput(options, clock, stop);
  await withRecords(await openRecords(options, stop), async (records) => {
    const reporter = serveReporter(options.json);
    const credentials = webhookCredentials(hookSecrets(input.policy), input.secrets, clock, ({ message }) =>
      errors.line(message),
    );
    const hooks = hooksOf(input.policy);
    const server = await startWebhookServer(options.port, {
      hooks,
      credentials,
      queue: records.queue(),
      count: reporter.count,
    });
    try {
      await records.ledger.setDeployedPolicy(hashPolicy(input.policy));
      const accepted = await credentials();
      announceServing(input, { address: addressOf(server), credentials: accepted }, options);
      const ending = [...hooks].filter(([id, { expires }]) => expires && accepted.has(id)).map(([id]) => id);
      await workOnQueue({ input, records, options, reporter, ending }, stop);
    } finally {
      await closeServer(server);
    }
  });
  return 0;
}

/** Aborted by the first Ctrl-C; the second one ends the process as if nobody listened. */
function stopSignal(): AbortSignal {
  const end = new AbortController();
  onStop(() => end.abort());
  return end.signal;
}

interface Serving {
  readonly input: Input;
  readonly records: Records;
  readonly options: ServeOptions;
  readonly reporter: ServeReporter;
  /** Directories whose webhooks end by themselves. */
  readonly ending: readonly string[];
}

/** Until `stop` is aborted and everything under way is finished. */
async function workOnQueue({ input, records, options, reporter, ending }: Serving, stop: AbortSignal): Promise<void> {
  const queue = records.queue();
  const { onRechecked: onProgress, onFailed } = reporter;
  const ports = subjectPorts(input, records, options);
  const recheck = messageRechecker(omitUndefined({ ...ports, queue, onProgress, retryMs: options.retry }));
  // In AWS a function and a rule do it.
  const sealRest = options.aws ? undefined : await sealHourly(sweepPorts(input, records, options));
  const endRenewals = options.aws ? undefined : await renewTwiceADay(queue, ending);
  const polling = options.aws ? undefined : pollLogs({ input, records, options, reporter }, ports.open, stop);
  try {
    await work({ queue, recheck, onFailed }, stop);
  } finally {
    endRenewals?.();
    await polling;
    await sealRest?.();
  }
}

function pollLogs(
  { input, records, options, reporter }: Omit<Serving, "ending">,
  open: PollPorts["open"],
  stop: AbortSignal,
): Promise<void> {
  const ports: PollPorts = {
    directories: polledDirectories(input.policy),
    open,
    ledger: records.ledger,
    queue: records.queue(),
    count: reporter.count,
    onProblem: ({ code, message }) => errors.line(`${message} (${code})`),
  };
  return pollUntilStopped(ports, options.poll * 1000, stop);
}
