/** What a vendor sends to `POST /hooks/{directory}`: whose it is, what it names, and onto the queue with that. */
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { type Code, retryable, WardenError } from "../errors.ts";
import {
  type DeadLetter,
  QUEUE_LIMITS,
  type Queue,
  type QueueMessage,
  type SubjectEvent,
  type WebhookContents,
  type WebhookCredentials,
  type WebhookReader,
} from "../model/index.ts";

export { webhookCredentials } from "./credentials.ts";

export type WebhookCount = "accepted" | "broken" | "ignored" | "unauthenticated" | "unavailable";

export interface WebhookPorts {
  /** Every directory that takes webhooks. */
  readonly hooks: ReadonlyMap<string, WebhookReader>;
  /** Of all directories at once. Throws `ERR_SECRET_UNAVAILABLE`. */
  readonly credentials: () => Promise<WebhookCredentials>;
  readonly queue: Pick<Queue, "send" | "sendToDeadLetter">;
  readonly count: (name: WebhookCount, n: number) => void;
}

export interface WebhookRequest {
  readonly method: string;
  readonly path: string;
  /** By name in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string | undefined;
  /** The body is in base64. */
  readonly base64: boolean;
}

export interface WebhookAnswer {
  readonly status: 200 | 401 | 404 | 413 | 503;
  /** For our own log. */
  readonly code?: Code;
}

/** PingOne sends up to 4 MiB, and sends what is refused again for ever. */
const MOST_BYTES = 5 * 1024 * 1024;
const ROUTE = /^\/hooks\/([^/]+)$/;
/** Bytes of an id as JSON; ten messages fit into one call of SQS (1 MiB) then, however their characters are written there. */
const MOST_ID = 200;
const MOST_LETTERS = 10;
const MOST_IDS = 200;
const MOST_WHY = 500;

/**
 * Answers one call. 200 once everything is on the queue, also where some or all of it could not be read: the vendor would
 * send that again for ever and nothing after it. 503 while the queue or the credentials cannot be reached: it sends again.
 */
export async function acceptWebhook(
  ports: WebhookPorts,
  request: WebhookRequest,
  signal: AbortSignal,
): Promise<WebhookAnswer> {
  const [, directory] = (request.method === "POST" && ROUTE.exec(request.path)) || [];
  if (directory === undefined) return { status: 404 };
  try {
    const hooks = authenticate(ports, await ports.credentials(), directory, request.headers);
    if (!hooks) {
      ports.count("unauthenticated", 1);
      return { status: 401 };
    }
    const body = textOf(request);
    if (body === undefined) return { status: 413 };
    await pass(ports, directory, read(hooks, directory, body), signal);
    return { status: 200 };
  } catch (error) {
    if (!(error instanceof WardenError) || !retryable(error)) throw error;
    ports.count("unavailable", 1);
    return { status: 503, code: error.code };
  }
}

/** Only digests under this key are compared: how far two values agree shows nowhere. */
const KEY = randomBytes(32);
const digest = (value: string): Buffer => createHmac("sha256", KEY).update(value).digest();
/** Stands where no value is, and nobody can present it. */
const NOBODY = randomBytes(32).toString("base64");

/** Does the same work whether or not the directory exists, takes webhooks, or has a second value. */
function authenticate(
  { hooks }: WebhookPorts,
  credentials: WebhookCredentials,
  directory: string,
  headers: WebhookRequest["headers"],
): WebhookReader | undefined {
  const found = hooks.get(directory);
  const [first = NOBODY, second = NOBODY] = credentials.get(directory) ?? [];
  const presented = digest(headers[found?.header ?? "authorization"] ?? "");
  const matches = [first, second].map((value) => timingSafeEqual(presented, digest(value)));
  return matches.includes(true) ? found : undefined;
}

/** The body as text; `undefined` when there is too much of it. */
function textOf({ body = "", base64 }: WebhookRequest): string | undefined {
  if (Buffer.byteLength(body, base64 ? "base64" : "utf8") > MOST_BYTES) return undefined;
  return base64 ? Buffer.from(body, "base64").toString("utf8") : body;
}

/** A reader that breaks must not hold up everything behind what broke it. */
function read(hooks: WebhookReader, directory: string, body: string): WebhookContents {
  try {
    return hooks.read(directory, body);
  } catch {
    return { events: [], broken: [{ why: "the reader of this vendor's webhooks broke on it" }], ignored: 0 };
  }
}

/** The good ones first: what is kept for a person may come twice, what is to be handled must come. */
async function pass({ queue, count }: WebhookPorts, directory: string, found: WebhookContents, signal: AbortSignal) {
  const good = found.events.filter(isShort);
  const long = found.events.filter((event) => !isShort(event));
  const broken = [...found.broken, ...long.map(({ id }) => ({ id, why: "an id is far too long" }))];
  const messages = chunk(good, QUEUE_LIMITS.events).map((events): QueueMessage => ({ directory, events }));
  for (const batch of chunk(messages, QUEUE_LIMITS.messages)) await queue.send(batch, signal);
  for (const letter of lettersOf(directory, broken)) await queue.sendToDeadLetter(letter, signal);
  const counts = { accepted: good.length, broken: broken.length, ignored: found.ignored };
  for (const name of ["accepted", "broken", "ignored"] as const) if (counts[name] > 0) count(name, counts[name]);
}

const isShort = ({ id, subject, at = "" }: SubjectEvent): boolean =>
  [id, subject, at].every((text) => Buffer.byteLength(JSON.stringify(text)) <= MOST_ID);

/** One letter for each reason. What was sent decides how many there are and how long: neither may grow without end. */
function lettersOf(directory: string, broken: WebhookContents["broken"]): DeadLetter[] {
  const reasons = [...Map.groupBy(broken, ({ why }) => why.slice(0, MOST_WHY))];
  const letters = reasons.slice(0, MOST_LETTERS).map(([why, events]) => letterOf(directory, why, events));
  const rest = reasons.slice(MOST_LETTERS).flatMap(([, events]) => events);
  return rest.length === 0 ? letters : [...letters, letterOf(directory, "for still other reasons", rest)];
}

function letterOf(directory: string, why: string, events: WebhookContents["broken"]): DeadLetter {
  const ids = events.flatMap(({ id }) => (id === undefined ? [] : [id.slice(0, MOST_ID)])).slice(0, MOST_IDS);
  return { directory, why, ids, count: events.length };
}

function chunk<T>(items: readonly T[], size: number): T[][] {
  const starts = Array.from({ length: Math.ceil(items.length / size) }, (_, i) => i * size);
  return starts.map((start) => items.slice(start, start + size));
}
