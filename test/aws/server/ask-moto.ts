/** Has moto make what a test needs of services that the project has no client of. */
import assert from "node:assert/strict";

/** Where moto is, and the region that is meant. */
interface Moto {
  readonly endpoint: string;
  readonly region: string;
}

/** A service of AWS's JSON protocol. @param target as `TrentService.CreateKey` @param service as a signature names it */
// biome-ignore lint/suspicious/noExplicitAny: a wrong answer may fail a test in any way it likes
export async function askMoto(moto: Moto, service: string, target: string, asked: object): Promise<any> {
  const headers = { "content-type": "application/x-amz-json-1.1", "x-amz-target": target };
  return JSON.parse(await post(moto, service, { headers, body: JSON.stringify(asked) }));
}

/** A service of AWS's query protocol, such as IAM. Answers XML. */
export const queryMoto = (moto: Moto, service: string, asked: Record<string, string>): Promise<string> =>
  post(moto, service, { body: new URLSearchParams(asked) });

/** moto tells services apart by what the signature is for, and takes any signature. */
async function post({ endpoint, region }: Moto, service: string, { headers, body }: RequestInit): Promise<string> {
  const authorization = `AWS4-HMAC-SHA256 Credential=local/20260101/${region}/${service}/aws4_request, SignedHeaders=host, Signature=0`;
  const answer = await fetch(endpoint, { method: "POST", headers: { ...headers, authorization }, body: body ?? null });
  const text = await answer.text();
  assert.ok(answer.ok, `${service} answered ${answer.status}: ${text.slice(0, 300)}`);
  return text;
}
