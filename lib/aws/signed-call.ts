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
}

/** What an answer may hold at the most; more is not read. */
const MAX_ANSWER_BYTES = 1024 * 1024;

/**
 * Signs with AWS Signature Version 4 and posts. @param toError of what keeps the call from an answer, by a few words for people
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv.html
 */
export function signedCaller(config: DynamoDBClientConfig, toError: (cause: string) => WardenError) {
  const connect = lazyClient(
    () => import("@aws-sdk/client-dynamodb"),
    // Of a client only what every one of them finds: credentials, region, and how to hash.
    (sdk) => new sdk.DynamoDBClient(config),
  );
  return (call: SignedCall, signal: AbortSignal): Promise<SignedAnswer> =>
    callAws(
      async () => {
        const { client } = await connect();
        const { SignatureV4 } = await import("@smithy/signature-v4");
        const { credentials, region, sha256 } = client.config;
        const signer = new SignatureV4({ credentials, region, sha256, service: call.service });
        const { headers } = await signer.sign(requestOf(call));
        const { host: _, ...sent } = headers;
        const answer = await fetch(call.url, {
          method: "POST",
          headers: sent,
          body: call.body,
          redirect: "error",
          signal,
        });
        return { status: answer.status, body: await textOf(answer) };
      },
      ({ cause }) => toError(cause),
    );
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
