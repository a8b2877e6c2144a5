/** Takes what a vendor sends to `POST /hooks/{directory}`: authenticate, read, queue, answer. */

import { retryable, WardenError } from "../errors.ts";
import type { WebhookContents, WebhookReader } from "../model/index.ts";
import { authenticate, type PresentedCall } from "./authenticate.ts";
import { enqueue } from "./enqueue.ts";
import type { WebhookAnswer, WebhookHead, WebhookPorts, WebhookRequest } from "./ports.ts";

export { webhookCredentials } from "./credentials.ts";
export { enqueue } from "./enqueue.ts";
export type { WebhookAnswer, WebhookCount, WebhookHead, WebhookPorts, WebhookRequest } from "./ports.ts";

/** PingOne sends up to 4 MiB, and sends what is refused again for ever. */
export const MAX_BODY_BYTES = 5 * 1024 * 1024;
const HOOK_PATH = /^\/hooks\/([^/]+)$/;

/**
 * Answers one call. 200 once everything is on the queue, also if some or all of it could not be read: the vendor would send
 * that again for ever and nothing after it. 503 while the queue or the credentials cannot be reached: it sends again.
 */
export async function acceptWebhook(
  ports: WebhookPorts,
  request: WebhookRequest,
  signal: AbortSignal,
): Promise<WebhookAnswer> {
  const directory = directoryOf(request);
  if (directory === undefined) return { status: 404 };
  const content = ports.hooks.get(directory)?.handshake?.(request);
  if (content) return { status: 200, content };
  if (request.method !== "POST") return { status: 404 };
  const body = bodyText(request);
  return answerCaller(ports, directory, { headers: request.headers, body }, async (reader) => {
    if (body === undefined) return { status: 413 };
    await enqueue(ports, directory, readContents(reader, directory, body), signal);
    return { status: 200 };
  });
}

/**
 * The answer to a call that is refused, or answered, before its body is read: wrong method or path, no credential, or a body that is said
 * to be too large. `undefined` where the body is wanted.
 */
export async function answerBeforeBody(ports: WebhookPorts, head: WebhookHead): Promise<WebhookAnswer | undefined> {
  const directory = directoryOf(head);
  if (directory === undefined) return { status: 404 };
  const reader = ports.hooks.get(directory);
  const content = reader?.handshake?.(head);
  if (content) return { status: 200, content };
  if (head.method !== "POST") return { status: 404 };
  const isTooLarge = Number(head.headers["content-length"] ?? 0) > MAX_BODY_BYTES;
  if (reader?.credentialsIn) return isTooLarge ? { status: 413 } : undefined;
  const answer = await answerCaller(ports, directory, { headers: head.headers, body: undefined }, async () => ({
    status: isTooLarge ? 413 : 200,
  }));
  return answer.status === 200 ? undefined : answer;
}

/** Lets `accept` answer who presents the credential of the directory. */
async function answerCaller(
  ports: WebhookPorts,
  directory: string,
  call: PresentedCall,
  accept: (reader: WebhookReader) => Promise<WebhookAnswer>,
): Promise<WebhookAnswer> {
  try {
    const reader = authenticate(ports.hooks, await ports.credentials(), directory, call);
    if (reader) return await accept(reader);
    ports.count("unauthenticated", 1);
    return { status: 401 };
  } catch (error) {
    if (!(error instanceof WardenError) || !retryable(error)) throw error;
    ports.count("unavailable", 1);
    return { status: 503, code: error.code };
  }
}

const directoryOf = ({ path }: WebhookHead): string | undefined => HOOK_PATH.exec(path)?.[1];

/** `undefined`: there is too much of it. */
function bodyText({ body = "", base64 }: WebhookRequest): string | undefined {
  if (Buffer.byteLength(body, base64 ? "base64" : "utf8") > MAX_BODY_BYTES) return undefined;
  return base64 ? Buffer.from(body, "base64").toString("utf8") : body;
}

/** A reader that breaks must not hold up everything behind what broke it. */
function readContents(reader: WebhookReader, directory: string, body: string): WebhookContents {
  try {
    return reader.read(directory, body);
  } catch {
    return { events: [], broken: [{ why: "the reader of this vendor's webhooks broke on it" }], ignored: 0 };
  }
}
