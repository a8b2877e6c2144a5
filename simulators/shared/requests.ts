/** One request to a simulator: read, logged, answered as the vendor would, and sent as faults leave it. */

import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import { text as readText } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import type { Answer } from "./answers.ts";
import type { Call, CallLog } from "./call-log.ts";
import { answerControl, type ControlActions, type ControlAnswer, isControl } from "./control.ts";
import type { AnyFault, FaultSet } from "./faults.ts";
import { sendAnswer } from "./wire.ts";

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
  answer(hits: readonly F[]): Answer | Promise<Answer>;
}

/** What there is of any vendor's tenant. */
export interface AnyTenant<F extends AnyFault> {
  now: () => number;
  log: CallLog;
  faults: FaultSet<F>;
  tokens: {
    /** Makes every token given out so far useless. */
    revoke(): void;
  };
}

/** How a vendor's tenant answers. */
export interface Vendor<F extends AnyFault> {
  tenant: AnyTenant<F>;
  controls: ControlActions;
  routeRequest(request: ApiRequest): RoutedRequest<F>;
  isAimedAt(fault: F, call: Call): boolean;
}

/** What may happen before an answer. */
export interface AnswerDelay {
  /** Milliseconds before each answer; default 0. */
  latency?: number | undefined;
  /** Called before each answer is computed, so that the world may change at a chosen moment. */
  before?: (call: Call) => void | Promise<void>;
}

interface Exchange {
  /** Of the server. */
  origin: string;
  incoming: IncomingMessage;
  response: ServerResponse;
}

/** Answers one request as the vendor would, and sends the answer as faults leave it. */
export async function serveRequest<F extends AnyFault>(
  { tenant, controls, routeRequest, isAimedAt }: Vendor<F>,
  delay: AnswerDelay,
  { origin, incoming, response }: Exchange,
): Promise<void> {
  const request = await readRequest(incoming, origin);
  if (!request) return;
  if (isControl(request.url)) {
    sendControl(response, answerControl(controls, request));
    return;
  }
  const { answer: answerRouted, ...logged } = routeRequest(request);
  const call = logCall(tenant, request, logged);
  await waitBeforeAnswer(delay, call);
  const hits = tenant.faults.take((fault) => isAimedAt(fault, call));
  if (hits.some(({ kind }) => kind === "expire-token")) tenant.tokens.revoke();
  const answer = await answerRouted(hits);
  if (!hits.some(({ kind }) => kind === "reset")) call.status = answer.status;
  sendAnswer(response, answer, hits, tenant.now());
}

/** Reads a request; undefined when the client leaves before it is whole. */
async function readRequest(incoming: IncomingMessage, origin: string): Promise<ApiRequest | undefined> {
  const { method = "GET", headers } = incoming;
  const url = new URL(origin + incoming.url);
  const text = await readText(incoming).catch(() => undefined);
  return text === undefined ? undefined : { method, url, headers, text };
}

function logCall<F extends AnyFault>(
  { log, now }: AnyTenant<F>,
  { method, url }: ApiRequest,
  logged: Pick<Call, "route" | "user" | "body">,
): Call {
  return log.add({ at: now(), method, path: url.pathname, query: url.search.slice(1), ...logged });
}

async function waitBeforeAnswer({ latency, before }: AnswerDelay, call: Call): Promise<void> {
  // Unreferenced, so that a long latency does not keep a test's process alive after `close`.
  if (latency) await sleep(latency, undefined, { ref: false });
  await before?.(call);
}

function sendControl(response: ServerResponse, { status, body }: ControlAnswer): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}
