/** A call to an API that IAM guards, signed with the credentials that the SDK finds: who calls is who may sign. */
import type { DynamoDBClientConfig } from "@aws-sdk/client-dynamodb";
import type { WardenError } from "../errors.ts";
import { callAws } from "./call.ts";
import { lazyClient } from "./client.ts";

/** Where the call goes, and which service it is signed for. */
export interface SignedCall {
  readonly url: URL;
  /** As AWS names it in signatures: `execute-api`, `sts`. */
  readonly service: string;
  readonly type: string;
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
export function signedCaller(config: SignedCallerConfig, toError: (cause: string) => WardenError): SignedCaller {
  const connect = lazyClient(
    () => import("@aws-sdk/client-dynamodb"),
    // Of a client only what every one of them finds: credentials, region, and how to hash.
    (sdk) => new sdk.DynamoDBClient(config).config,
  );
  const attempt = <T>(work: () => Promise<T>): Promise<T> => callAws(work, ({ cause }) => toError(cause));
  return {
    region: () =>
      attempt(async () => {
        const { client: found } = await connect();
        await found.credentials();
        return found.region();
      }),
    post: (call, signal) =>
      attempt(async () => {
        const { credentials, region, sha256 } = (await connect()).client;
        const { SignatureV4 } = await import("@smithy/signature-v4");
        const signer = new SignatureV4({ credentials, region, sha256, service: call.service });
        const { headers } = await signer.sign(requestOf(call));
        return send(call, headers, signal);
      }),
  };
}

async function send({ url, body }: SignedCall, signed: Readonly<Record<string, string>>, signal: AbortSignal) {
  const { host: _, ...headers } = signed;
  const answer = await fetch(url, { method: "POST", headers, body, redirect: "error", signal });
  const errorType = answer.headers.get("x-amzn-errortype") ?? undefined;
  return { status: answer.status, body: await textOf(answer), errorType };
}

const requestOf = ({ url, type, body }: SignedCall) => ({
  method: "POST",
  protocol: url.protocol,
  hostname: url.hostname,
  path: url.pathname,
  query: {},
  headers: { host: url.host, "content-type": type },
  body,
});

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
