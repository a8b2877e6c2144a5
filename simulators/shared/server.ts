/** A simulator's server on loopback: it logs each request, answers it, and sends the answer as faults leave it. */

import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { text as readText } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import type { Answer } from "./answers.ts";
import type { Call, CallLog } from "./call-log.ts";
import { answerControl, type ControlActions, type ControlAnswer, isControl } from "./control.ts";
import type { AnyFault, FaultSet } from "./faults.ts";
import { sendAnswer } from "./wire.ts";

/** What every simulator can be told when it starts. */
export interface ServerSettings {
  /** Default 0: any free one. */
  port?: number | undefined;
  /** The most rows that one answer holds, whatever was asked for. */
  pageSize?: number | undefined;
  /** Milliseconds before each answer; default 0. */
  latency?: number | undefined;
  /** Milliseconds since 1970. */
  now?: () => number;
  /** Called before each answer is computed, so that the world may change at a chosen moment. */
  before?: (call: Call) => void | Promise<void>;
}

/** What a test can see and do of every simulator in its own process. */
export interface Simulator<F extends AnyFault> {
  /** The last 200,000 calls at most. */
  calls: Call[];
  /** All calls, by "METHOD route". */
  counts(): Record<string, number>;
  setFault(fault: F): void;
  clearFaults(): void;
  /** Ends every connection at once. */
  close(): Promise<void>;
}

/** One request as it came in. */
export interface ApiRequest {
  method: string;
  url: URL;
  headers: IncomingHttpHeaders;
  text: string;
}

/** A request whose route is known: what the call log keeps of it, and how it is answered. */
export interface RoutedRequest<F extends AnyFault> extends Pick<Call, "route" | "user" | "body"> {
  /** @param hits the faults that hit this call */
  answer(hits: readonly F[]): Answer;
}

/** What the server needs of a vendor. */
export interface Vendor<F extends AnyFault> {
  settings: ServerSettings;
  now: () => number;
  log: CallLog;
  faults: FaultSet<F>;
  controls: ControlActions;
  findRoute(request: ApiRequest): RoutedRequest<F>;
  isAimedAt(fault: F, call: Call): boolean;
  /** Makes every token given out so far useless. */
  revokeTokens(): void;
}

/** Starts a server that does not answer yet. @param port 0: any free one */
export async function listen(port = 0): Promise<{ server: Server; origin: string }> {
  const server = createServer();
  // A connection that closes just as a client takes it up again would look like a fault that nobody asked for.
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", resolve);
  });
  return { server, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** Ends every connection at once. */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

/** Answers every request from now on as the vendor would. */
export function serveVendor<F extends AnyFault>(server: Server, origin: string, vendor: Vendor<F>): void {
  server.on("request", (request, response) => void serve(vendor, origin, request, response));
}

async function serve<F extends AnyFault>(
  vendor: Vendor<F>,
  origin: string,
  incoming: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const request = await readRequest(incoming, origin);
  if (!request) return;
  if (isControl(request.url)) {
    sendControl(response, answerControl(vendor.controls, request));
    return;
  }
  const { answer: answerRouted, ...logged } = vendor.findRoute(request);
  const call = logCall(vendor, request, logged);
  await waitBeforeAnswer(vendor.settings, call);
  const hits = vendor.faults.take((fault) => vendor.isAimedAt(fault, call));
  if (hits.some(({ kind }) => kind === "expire-token")) vendor.revokeTokens();
  const answer = answerRouted(hits);
  if (!hits.some(({ kind }) => kind === "reset")) call.status = answer.status;
  sendAnswer(response, answer, hits, vendor.now());
}

/** Undefined when the client leaves before its request is whole. */
async function readRequest(incoming: IncomingMessage, origin: string): Promise<ApiRequest | undefined> {
  const { method = "GET", headers } = incoming;
  const url = new URL(origin + incoming.url);
  const text = await readText(incoming).catch(() => undefined);
  return text === undefined ? undefined : { method, url, headers, text };
}

function logCall<F extends AnyFault>(
  { log, now }: Vendor<F>,
  { method, url }: ApiRequest,
  logged: Pick<Call, "route" | "user" | "body">,
): Call {
  return log.add({ at: now(), method, path: url.pathname, query: url.search.slice(1), ...logged });
}

async function waitBeforeAnswer({ latency, before }: ServerSettings, call: Call): Promise<void> {
  // Unreferenced, so that a long latency does not keep a test's process alive after `close`.
  if (latency) await delay(latency, undefined, { ref: false });
  await before?.(call);
}

function sendControl(response: ServerResponse, { status, body }: ControlAnswer): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}
