/** `serve`: takes webhooks and works on the event queue, in the foreground; what the deployed functions do in AWS. */

import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { Command } from "commander";
import { hookSecrets, hooksOf } from "../../functions/hooks.ts";
import { problemOf, WardenError } from "../../lib/errors.ts";
import type { ReceivedMessage, WebhookCredentials } from "../../lib/model/index.ts";
import { messageRechecker, type Rechecked } from "../../lib/recheck/index.ts";
import { acceptWebhook, type WebhookCount, type WebhookPorts, webhookCredentials } from "../../lib/webhook/index.ts";
import { clock, lookPortsFor, openRecords, portsFor, using } from "../local/laptop.ts";
import { sealHourly } from "../local/sealing.ts";
import { work } from "../local/worker.ts";
import { type Input, readInput } from "../terminal/input.ts";
import { acting, type PolicyOptions, wholeNumber, withPolicy, withQueue } from "../terminal/options.ts";
import { errors, results } from "../terminal/output.ts";
import { dim, green, type Piece, red, yellow } from "../terminal/piece.ts";

interface ServeOptions extends PolicyOptions {
  readonly port: number;
}

const HOST = "127.0.0.1";
/** `ingest` refuses what is over 5 MiB; what is over this is not even kept until then. */
const KEPT_BYTES = 6 * 1024 * 1024;
const RECEIVES = 5;

export const serveCommand = (): Command =>
  withQueue(withPolicy(new Command("serve")))
    .description("Takes webhooks on this machine and acts on each event at once, until Ctrl-C")
    .option("--port <number>", "0: any free one", wholeNumber(0), 8787)
    .action(acting(serve));

async function serve(options: ServeOptions): Promise<number> {
  const stop = untilEnd();
  const input = await readInput(options, clock, stop);
  return using(await openRecords(options, stop), async (records) => {
    const queue = records.queue();
    const { show, count, onFailed } = reporter(options.json);
    const names = hookSecrets(input.policy);
    const credentials = webhookCredentials(names, input.secrets, clock, ({ message }) => errors.line(message));
    const server = await listen(options.port, { hooks: hooksOf(input.policy), credentials, queue, count });
    try {
      await records.ledger.setDeployedPolicy(input.policyHash);
      announce(input, addressOf(server), await credentials(), options.json);
      const recheck = messageRechecker({ ...lookPortsFor(input, records, options), queue, onProgress: show });
      // In AWS a function does it.
      const sealRest = options.aws ? undefined : await sealHourly(portsFor(input, records, options));
      await work({ queue, recheck, onFailed }, stop).finally(sealRest);
    } finally {
      await close(server);
    }
    return 0;
  });
}

/** Aborted by the first Ctrl-C; the second one ends the process as if nobody listened. */
function untilEnd(): AbortSignal {
  const end = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => end.abort());
  return end.signal;
}

async function listen(port: number, ports: WebhookPorts): Promise<Server> {
  const server = createServer((request, response) => void answer(ports, request, response));
  server.listen(port, HOST);
  try {
    await once(server, "listening");
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
    throw new WardenError("ERR_INPUT_INVALID", `Port ${port} cannot be used (${reason}); name another with --port.`);
  }
  return server;
}

async function answer(ports: WebhookPorts, request: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const { method = "", headers, url = "" } = request;
    const path = URL.parse(url, `http://${HOST}`)?.pathname ?? "";
    const body = await bodyOf(request);
    const signal = AbortSignal.timeout(30_000);
    const single = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, value?.toString()]));
    const { status, code } = await acceptWebhook(ports, { method, path, headers: single, body, base64: false }, signal);
    if (code) errors.line(`A webhook was answered with ${status} (${code}); it is sent again.`);
    response.writeHead(status).end();
  } catch (error) {
    if (response.destroyed) return;
    errors.line(problemOf(error).message);
    response.writeHead(500).end();
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size <= KEPT_BYTES) chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function addressOf(server: Server): string {
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new WardenError("ERR_INTERNAL", "serve does not listen.");
  return `http://${HOST}:${address.port}`;
}

function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeIdleConnections();
  return closed;
}

function announce(input: Input, address: string, credentials: WebhookCredentials, json: boolean | undefined): void {
  const directories = input.policy.directories.map(({ id, vendor, mode }) => ({
    id,
    vendor,
    mode,
    hook: credentials.has(id) ? `${address}/hooks/${id}` : null,
  }));
  if (json) jsonLine({ listening: address, directories });
  else showDirectories(directories);
}

interface Served {
  readonly id: string;
  readonly vendor: string;
  readonly mode: string;
  readonly hook: string | null;
}

function showDirectories(directories: readonly Served[]): void {
  results.line("Events are handled as they come; Ctrl-C ends it.");
  const columns = [{ head: "directory" }, { head: "mode" }, { head: "webhooks go to", most: 200 }];
  const rows = directories.map(({ id, vendor, mode, hook }): Piece[] => [
    `${id} (${vendor})`,
    mode === "enforce" ? green(mode) : yellow(`${mode}: nothing is changed`),
    hook ?? dim("nowhere: no hook credential in its secret"),
  ]);
  results.table(columns, rows);
  results.line(dim("An event from elsewhere: emit DIRECTORY/ACCOUNT. What failed five times: replay."));
}

interface Reporter {
  readonly show: (news: Rechecked) => void;
  readonly count: WebhookPorts["count"];
  readonly onFailed: (message: ReceivedMessage) => void;
}

/** One line for each subject that was handled; one JSON object a line for machines. */
function reporter(json: boolean | undefined): Reporter {
  const at = () => new Date(clock()).toISOString();
  return {
    show: (news) => {
      if (json) jsonLine({ at: at(), ...news });
      else results.line(dim(at()), `  ${news.directory}/${news.subject}  `, ...wordsFor(news));
    },
    count: (name, n) => {
      const sentence = SENTENCES[name];
      if (sentence) errors.line(`${at()}  ${n} ${sentence}`);
    },
    onFailed: ({ id, receives }) => errors.line(`${at()}  message ${id}: ${fateAfter(receives)}`),
  };
}

const SENTENCES: Partial<Record<WebhookCount, string>> = {
  unauthenticated: "call without a right credential refused (401)",
  broken: "events could not be read; `replay` shows why",
};

const fateAfter = (receives: number) =>
  receives < RECEIVES
    ? `failed ${receives} of ${RECEIVES} times; it comes again after its visibility timeout, or when the vendor said`
    : `failed ${receives} times; it is with the dead letters now, and \`replay\` brings it back`;

function wordsFor({ did, outcome, why }: Rechecked): Piece[] {
  const because = why === undefined ? "" : `: ${why}`;
  switch (did) {
    case "changed":
      return [outcome === "enforced" || outcome === "already" ? green(outcome) : yellow(outcome ?? did), because];
    case "looked":
      return outcome === undefined ? ["looked at; nothing was to be changed"] : [yellow(outcome), because];
    case "seen":
      return [dim("handled before")];
    case "older":
      return [dim("older than what is known; nothing was read")];
    case "gone":
      return ["gone: the vendor has no such account"];
    case "failed":
      return [red("failed"), because];
  }
}

/** Plain ASCII, so that nothing in it acts on a terminal and every parser reads the same. */
function jsonLine(value: unknown): void {
  const plain = (char: string) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
  results.line(JSON.stringify(value).replace(/[^\x20-\x7e]/g, plain));
}
