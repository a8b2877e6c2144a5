/** A call to an API that IAM guards, signed with the credentials that the SDK finds: who calls is who may sign. */
import { DynamoDBClient, type DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import { loadOnce } from "../concurrency.ts";
import type { WardenError } from "../errors.ts";
import type { Clock } from "../model/index.ts";
import { callAws } from "./call.ts";

import { signRequest } from "./sign-request.ts";

/** Where the call goes, and which service it is signed for. */
export interface SignedCall {
  readonly url: URL;
  /** As AWS names it in signatures: `execute-api`, `sts`. */
  readonly service: string;
  readonly type: string;
  /** In lower case; more than the content type. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface SignedAnswer {
  readonly status: number;
  readonly body: string;
  /** AWS's own name for a refusal, if it gives one. */
  readonly errorType?: string | undefined;
}

/** Whose credentials and region are used; what the SDK finds unless given. */
export type SignedCallerConfig = Pick<DynamoDBClientConfig, "region" | "credentials">;

export interface SignedCallerNeeds {
  readonly clock: Clock;
  /** @param cause a few words for people */
  readonly toError: (cause: string) => WardenError;
}

/** Both throw what `toError` makes of what keeps them from an answer. */
export interface SignedCaller {
  /** The region that calls are signed for; throws where no credentials are found. */
  region(): Promise<string>;
  /** Sent once: a call without an answer may have been made. */
  post(call: SignedCall, signal: AbortSignal): Promise<SignedAnswer>;
}

/** What an answer may hold at the most; more is not read. */
const MAX_ANSWER_BYTES = 1024 * 1024;

/**
 * Signs with AWS Signature Version 4 and posts. @param toError of what keeps the call from an answer, by a few words for people
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
 */
export function signedCaller(config: SignedCallerConfig, { clock, toError }: SignedCallerNeeds): SignedCaller {
  // Of a client only what every one of them finds: credentials and region. This one is part of every handler that signs; imported as
  // a whole, it would bring along what nobody calls.
  const found = loadOnce(async () => new DynamoDBClient(config).config);
  const attempt = <T>(work: () => Promise<T>): Promise<T> => callAws(work, ({ cause }) => toError(cause));
  return {
    region: () =>
      attempt(async () => {
        const { credentials, region } = await found();
        await credentials();
        return region();
      }),
    post: (call, signal) =>
      attempt(async () => {
        const own = await found();
        const [credentials, region] = await Promise.all([own.credentials(), own.region()]);
        const { url, type, headers = {}, body, service } = call;
        const request = { method: "POST", url, headers: { "content-type": type, ...headers }, body };
        return send(call, signRequest(request, { credentials, region, service, at: clock() }), signal);
      }),
  };
}

async function send({ url, body }: SignedCall, signed: Readonly<Record<string, string>>, signal: AbortSignal) {
  const { host: _, ...headers } = signed;
  const answer = await fetch(url, { method: "POST", headers, body, redirect: "error", signal });
  const errorType = answer.headers.get("x-amzn-errortype") ?? undefined;
  return { status: answer.status, body: await textOf(answer), errorType };
}

async function textOf(answer: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of answer.body ?? []) {
    size += chunk.byteLength;
    if (size > MAX_ANSWER_BYTES) throw new Error("the answer is too long");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
