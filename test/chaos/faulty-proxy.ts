/** Stands before DynamoDB, S3 and SQS and does to calls what networks and services do: refuses, delays, repeats, loses answers. */
import { Agent, type IncomingMessage, request, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { type LoopbackServer, openServer } from "../loopback.ts";
import type { Chance } from "./chance.ts";

export type Service = "dynamodb" | "s3" | "sqs";

export interface FaultyProxy extends LoopbackServer {
  /** Of each fault, how often it struck. */
  readonly struck: Readonly<Record<string, number>>;
  /** From then on everything passes. */
  calm(): void;
}

interface Asked {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

interface Answered {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

/** Answers, or `undefined` where no answer ever comes. */
type Fault = (asked: Asked, forward: (asked: Asked) => Promise<Answered>) => Promise<Answered | undefined>;

const json = (status: number, content: object): Answered => ({
  status,
  headers: { "content-type": "application/x-amz-json-1.0" },
  body: Buffer.from(JSON.stringify(content)),
});

const refusal =
  (status: number, type: string): Fault =>
  async () =>
    json(status, { __type: `com.amazonaws#${type}`, message: "chaos" });

/** It takes effect, and nobody hears of it. */
const lostAnswer: Fault = async (asked, forward) => {
  await forward(asked);
  return undefined;
};

const lostRequest: Fault = async () => undefined;

const late =
  (ms: number): Fault =>
  async (asked, forward) => {
    await delay(ms);
    return forward(asked);
  };

/** As when a client sends again what had arrived. */
const twice: Fault = async (asked, forward) => {
  await forward(asked);
  return forward(asked);
};

/** Half of a batch is not done, and the answer says so. */
const unprocessed: Fault = async (asked, forward) => {
  const content = JSON.parse(asked.body.toString()) as { RequestItems?: Record<string, { Keys?: unknown[] }> };
  const [table, batch] = Object.entries(content.RequestItems ?? {})[0] ?? [];
  const keys = batch?.Keys;
  if (table === undefined || keys === undefined || keys.length < 2) return forward(asked);
  const half = Math.ceil(keys.length / 2);
  const body = Buffer.from(
    JSON.stringify({ ...content, RequestItems: { [table]: { ...batch, Keys: keys.slice(0, half) } } }),
  );
  const answered = await forward({ ...asked, body, headers: { ...asked.headers, "content-length": `${body.length}` } });
  if (answered.status !== 200) return answered;
  const answer = JSON.parse(answered.body.toString());
  return json(200, { ...answer, UnprocessedKeys: { [table]: { ...batch, Keys: keys.slice(half) } } });
};

const FAULTS: Readonly<Record<Service, Readonly<Record<string, Fault>>>> = {
  dynamodb: {
    throttled: refusal(400, "ProvisionedThroughputExceededException"),
    "server error": refusal(500, "InternalServerError"),
    "lost answer": lostAnswer,
    "lost request": lostRequest,
    late: late(120),
    unprocessed,
  },
  s3: {
    "slow down": async () => ({
      status: 503,
      headers: { "content-type": "application/xml" },
      body: Buffer.from("<Error><Code>SlowDown</Code><Message>chaos</Message></Error>"),
    }),
    "lost answer": lostAnswer,
    "lost request": lostRequest,
    late: late(120),
  },
  sqs: {
    "server error": refusal(500, "InternalFailure"),
    "lost answer": lostAnswer,
    late: late(200),
    twice,
  },
};

/** @param probability that a call is struck at all */
export async function startFaultyProxy(
  service: Service,
  target: string,
  chance: Chance,
  probability: number,
): Promise<FaultyProxy> {
  const agent = new Agent({ keepAlive: true });
  const struck: Record<string, number> = {};
  let isCalm = false;
  const faults = Object.entries(FAULTS[service]);
  const forward = (asked: Asked) => send(agent, target, asked);

  async function answer(asked: Asked): Promise<Answered | undefined> {
    if (isCalm || !chance.happens(probability)) return forward(asked);
    const [name, fault] = chance.pick(faults);
    struck[`${service}: ${name}`] = (struck[`${service}: ${name}`] ?? 0) + 1;
    return fault(asked, forward);
  }

  const server = await openServer((incoming, response) => void handle(incoming, response, answer));
  return {
    ...server,
    struck,
    calm: () => {
      isCalm = true;
    },
    async close() {
      agent.destroy();
      await server.close();
    },
  };
}

async function handle(
  incoming: IncomingMessage,
  response: ServerResponse,
  answer: (asked: Asked) => Promise<Answered | undefined>,
): Promise<void> {
  try {
    const { method = "GET", url = "/", headers } = incoming;
    const answered = await answer({ method, url, headers, body: await buffer(incoming) });
    if (!answered) return void response.destroy();
    response.writeHead(answered.status, withoutLength(answered.headers));
    response.end(answered.body);
  } catch {
    response.destroy();
  }
}

/** The body is sent whole, whatever its length was. */
function withoutLength(headers: IncomingMessage["headers"]): Record<string, string | string[] | undefined> {
  const { "content-length": _, "transfer-encoding": __, connection: ___, ...others } = headers;
  return others;
}

const send = (agent: Agent, target: string, { method, url, headers, body }: Asked): Promise<Answered> =>
  new Promise((resolve, reject) => {
    const call = request(new URL(url, target), { agent, method, headers });
    call.on("error", reject);
    call.on("response", (incoming) => {
      buffer(incoming).then(
        (received) => resolve({ status: incoming.statusCode ?? 500, headers: incoming.headers, body: received }),
        reject,
      );
    });
    call.end(body);
  });
