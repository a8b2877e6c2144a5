/** Receivers on loopback that hold each message against what Slack and Microsoft write of it; they share nothing with lib. */
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { Ajv } from "ajv";

export interface Answer {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Chat {
  readonly url: string;
  /** What it was sent, as it came. */
  readonly bodies: readonly string[];
  /** What was not as the vendor's document says, one sentence each. */
  readonly offences: readonly string[];
  /** The next answers, in place of what it would say. */
  answerWith(...answers: readonly Answer[]): void;
  close(): Promise<void>;
}

type Check = (body: string) => readonly string[];

async function startChat(check: Check, judge: (body: string, isRight: boolean) => Answer): Promise<Chat> {
  const bodies: string[] = [];
  const offences: string[] = [];
  const next: Answer[] = [];
  const server = createServer(async (request, response) => {
    const body = await text(request);
    bodies.push(body);
    const found = check(body);
    if (!/^application\/json(;|$)/.test(request.headers["content-type"] ?? "")) offences.push("it is no JSON");
    const answer = next.shift() ?? judge(body, found.length === 0);
    if (body !== "{}") offences.push(...found);
    response.writeHead(answer.status, answer.headers).end(answer.body ?? "");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/services/T00/B00/hidden-key`,
    bodies,
    offences,
    answerWith: (...answers) => void next.push(...answers),
    close: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks */
export const startSlack = (): Promise<Chat> =>
  startChat(slackOffences, (body, isRight) => {
    if (body === "{}") return { status: 400, body: "no_text" };
    return isRight ? { status: 200, body: "ok" } : { status: 400, body: "invalid_payload" };
  });

/** https://docs.slack.dev/reference/block-kit/blocks and /composition-objects/text-object */
function slackOffences(body: string): string[] {
  const { text: fallback, blocks, ...more } = JSON.parse(body);
  const offences = Object.keys(more).map((key) => `a message has no ${key}`);
  if (typeof fallback !== "string" || fallback === "") offences.push("a message needs a text for notifications");
  if (!Array.isArray(blocks) || blocks.length === 0 || blocks.length > 50) return [...offences, "1 to 50 blocks"];
  return [...offences, ...blocks.flatMap(blockOffences)];
}

function blockOffences({ type, ...block }: Record<string, unknown> & { type: string }): string[] {
  if (type === "header") return [...keysOf(block, ["text"]), ...textOffences(block.text, ["plain_text"], 150)];
  if (type === "section") return [...keysOf(block, ["text"]), ...textOffences(block.text, ["mrkdwn"], 3_000)];
  if (type !== "context") return [`no block of type ${type} is expected`];
  const elements = block.elements as unknown[];
  const tooMany = elements.length === 0 || elements.length > 10 ? ["1 to 10 elements of a context"] : [];
  return [
    ...keysOf(block, ["elements"]),
    ...tooMany,
    ...elements.flatMap((one) => textOffences(one, ["mrkdwn"], 3_000)),
  ];
}

const keysOf = (block: object, known: readonly string[]): string[] =>
  Object.keys(block).flatMap((key) => (known.includes(key) ? [] : [`this block has no ${key}`]));

function textOffences(given: unknown, types: readonly string[], limit: number): string[] {
  const { type, text: written, emoji, verbatim, ...more } = given as Record<string, unknown>;
  if (typeof type !== "string" || !types.includes(type)) return [`a text of type ${type}`];
  if (typeof written !== "string" || written === "" || written.length > limit) return [`1 to ${limit} characters`];
  const misplaced = type === "mrkdwn" ? emoji : verbatim;
  return [...Object.keys(more), ...(misplaced === undefined ? [] : ["emoji or verbatim"])].map(
    (key) => `a ${type} has no ${key}`,
  );
}

const { definitions } = JSON.parse(readFileSync(new URL("../documents/adaptive-card.json", import.meta.url), "utf8"));
const isCard = new Ajv({ strict: false, validateFormats: false }).compile({
  definitions,
  allOf: [{ $ref: "#/definitions/AdaptiveCard" }],
});

/** https://learn.microsoft.com/connectors/teams/#microsoft-teams-webhook */
export const startTeams = (): Promise<Chat> =>
  startChat(teamsOffences, (_, isRight) => ({ status: isRight ? 202 : 400 }));

const MAX_BYTES = 28 * 1024;

function teamsOffences(body: string): string[] {
  const { type, attachments, ...more } = JSON.parse(body);
  const offences = Object.keys(more).map((key) => `a message has no ${key}`);
  if (Buffer.byteLength(body) > MAX_BYTES) offences.push("it is longer than 28 KB");
  if (type !== "message" || attachments?.length !== 1) return [...offences, "one message with one attachment"];
  const [{ contentType, content, contentUrl }] = attachments;
  if (contentType !== "application/vnd.microsoft.card.adaptive" || contentUrl !== null) offences.push("no card");
  if (isCard(content)) return offences;
  return [...offences, ...(isCard.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`)];
}
