/** Notices to a chat: one request each to the webhook of a channel, whose address is the secret. */
import * as v from "valibot";
import { WardenError } from "../errors.ts";
import type { NoticeSender, SecretStore, TeamNotice } from "../model/index.ts";
import { networkCause } from "../network-cause.ts";

export interface ChatNeeds {
  /** The receiver's name in the policy. */
  readonly name: string;
  /** Name of the secret that holds the address. */
  readonly secret: string;
  readonly secrets: SecretStore;
  readonly fetch: typeof fetch;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<unknown>;
}

/** What a vendor's chat takes, and how it answers. */
export interface ChatForm {
  readonly way: "slack" | "teams";
  /** At most as long as the vendor takes. */
  bodyOf(notice: TeamNotice): string;
  /** What is wrong with an address that is no address of such a webhook; absent where nothing is known to be. */
  mistakeIn?(address: Address): string | undefined;
  /** What an answer means; `undefined`: the message is there, or on its way. */
  judge(answer: ChatAnswer): ChatRefusal | undefined;
  /** What can be sent that puts nothing into the chat, and whether the answer shows that a message would be taken. */
  readonly probe?: { readonly body: string; isTaken(answer: ChatAnswer): boolean };
}

export interface ChatAnswer {
  readonly status: number;
  /** Its beginning. Foreign: it is compared, and never told. */
  readonly text: string;
}

export interface ChatRefusal {
  /** Whether another message could be taken. */
  readonly isOfThisNotice: boolean;
  /** The rest of a sentence, our own words. */
  readonly how: string;
}

/** For one message, with the wait that the chat asks for. */
const DEADLINE_MS = 30_000;
/** How long a chat may ask to wait; whoever asks for more gets this message with the next run. */
const MAX_WAIT_MS = 20_000;
const MAX_ANSWER_CHARACTERS = 200;
const TOO_MANY_REQUESTS = 429;

/** Of a list, so many lines are shown at most: whoever wants them all calls the command. */
export const MAX_ITEMS_SHOWN = 20;

/** The first lines, and how many more there are. */
export const firstItems = (items: readonly string[], limit = MAX_ITEMS_SHOWN): readonly string[] =>
  items.length > limit ? [...items.slice(0, limit), `and ${items.length - limit} more`] : items;

const addressSchema = v.object({ url: v.string() });

/** Sends each notice once, and once more only where the chat said that it did not take it for now. The address is in no error. */
export function chatSender(needs: ChatNeeds, form: ChatForm): NoticeSender<TeamNotice> {
  const deliver = async (body: string, signal: AbortSignal): Promise<ChatAnswer> => {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)]);
    return postPatiently(needs, await readAddress(needs, form, limit), body, limit);
  };
  const { probe } = form;
  return {
    way: form.way,
    async ready(signal) {
      await readAddress(needs, form, signal);
    },
    ...(probe && {
      async probe(signal: AbortSignal) {
        const answer = await deliver(probe.body, signal);
        if (!probe.isTaken(answer)) refuse(needs, form.judge(answer) ?? unexpected(answer));
      },
    }),
    async send(notice, signal) {
      const refusal = form.judge(await deliver(form.bodyOf(notice), signal));
      if (refusal) refuse(needs, refusal);
    },
  };
}

const unexpected = ({ status }: ChatAnswer): ChatRefusal => ({
  isOfThisNotice: false,
  how: `answered ${status}, which is not what such a webhook answers; check the address in its secret`,
});

function refuse({ name }: ChatNeeds, { isOfThisNotice, how }: ChatRefusal): never {
  throw new WardenError(
    isOfThisNotice ? "ERR_NOTICE_REJECTED" : "ERR_NOTICE_UNAVAILABLE",
    `The receiver ${name} ${how}.`,
  );
}

/** What is looked at of an address. */
type Address = Pick<URL, "protocol" | "hostname" | "username" | "password">;

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** Whoever has this address can write into the chat. */
async function readAddress({ secret, secrets }: ChatNeeds, form: ChatForm, signal: AbortSignal): Promise<string> {
  const { value } = await secrets.read(secret, secret, signal);
  const read = v.safeParse(addressSchema, value);
  const url = read.success ? URL.parse(read.output.url) : null;
  const mistake = url && isSafe(url) ? form.mistakeIn?.(url) : 'must be { "url": "https://…" }';
  if (url && mistake === undefined) return url.href;
  throw new WardenError("ERR_SECRET_INVALID", `The secret ${secret} ${mistake}.`);
}

const isSafe = ({ protocol, hostname, username, password }: Address): boolean =>
  (protocol === "https:" || (protocol === "http:" && LOOPBACK.test(hostname))) && username === "" && password === "";

async function postPatiently(needs: ChatNeeds, url: string, body: string, signal: AbortSignal): Promise<ChatAnswer> {
  const first = await post(needs, url, body, signal);
  const { waitMs } = first;
  if (first.status !== TOO_MANY_REQUESTS || waitMs === undefined || waitMs > MAX_WAIT_MS) return first;
  await needs.sleep(waitMs, signal).catch(() => undefined);
  return post(needs, url, body, signal);
}

interface TimedAnswer extends ChatAnswer {
  /** How long it asks to wait; absent where it does not say. */
  readonly waitMs: number | undefined;
}

async function post(needs: ChatNeeds, url: string, body: string, signal: AbortSignal): Promise<TimedAnswer> {
  try {
    const response = await needs.fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json; charset=utf-8" },
      body,
      redirect: "manual",
      signal,
    });
    const text = (await response.text()).slice(0, MAX_ANSWER_CHARACTERS).trim();
    return { status: response.status, text, waitMs: waitOf(response.headers) };
  } catch (error) {
    // What fetch throws may name the address: only its cause is told.
    const cause = networkCause(error) ?? "the connection failed";
    const how = signal.aborted ? "did not answer in time" : `cannot be reached: ${cause}`;
    return refuse(needs, { isOfThisNotice: false, how });
  }
}

/** `Retry-After` in seconds, as both vendors send it. */
function waitOf(headers: Pick<Headers, "get">): number | undefined {
  const seconds = headers.get("retry-after") ?? "";
  return /^\d{1,6}$/.test(seconds) ? Number(seconds) * 1000 : undefined;
}
