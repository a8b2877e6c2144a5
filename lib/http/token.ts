/** One OAuth client-credentials token, fetched when it is needed and shared by all calls of a directory (RFC 6749 section 4.4). */

import { type Cache, cacheUntil } from "../concurrency.ts";
import { hasStatus, WardenError } from "../errors.ts";
import type { Clock } from "../model/index.ts";
import { type BasicForm, basicHeader, type ClientPair, formsToTry, rememberForm } from "./basic-auth.ts";
import type { HttpClient } from "./client.ts";
import { ASSERTION_TYPE } from "./client-assertion.ts";
import { isProofRefused, type PossessionProver, PROOF_REFUSED } from "./possession.ts";
import { RETRY_READ } from "./retry.ts";
import { boundTokenAnswer, describeTokenError, keepToken, type TokenAnswer, tokenAnswer } from "./token-answer.ts";

/** A client that signs in place of presenting a secret. */
export interface SigningClient {
  readonly clientId: string;
  /** Makes a new one for each request. */
  readonly assertion: () => string;
}

export type TokenNeeds = TokenEndpoint & (ClientPair | SigningClient);

interface TokenEndpoint {
  readonly http: HttpClient;
  readonly clock: Clock;
  readonly url: string;
  /** The url's path with placeholders: all that an error says of it. */
  readonly path: string;
  /** More form fields, such as `scope`. */
  readonly form?: Readonly<Record<string, string>>;
  /** The token is to be bound to this prover's key; not unless given. */
  readonly prover?: PossessionProver | undefined;
}

/** Its `get` throws `ERR_VENDOR_AUTH` when the server does not accept the client. */
export interface TokenSource extends Pick<Cache<string>, "get" | "drop"> {
  /** What the last token may do, if the server says so. */
  scopes(): readonly string[];
}

export function clientCredentials(needs: TokenNeeds): TokenSource {
  let scopes: readonly string[] = [];
  const { get, drop } = cacheUntil(needs.clock, async (signal) => {
    const answer = await requestToken(needs, signal);
    scopes = answer.scope.split(" ").filter(Boolean);
    return keepToken(answer, needs.clock);
  });
  return {
    get,
    drop,
    scopes: () => scopes,
  };
}

async function requestToken(needs: TokenNeeds, signal: AbortSignal): Promise<TokenAnswer> {
  let refusal: unknown;
  for (const attempt of attemptsOf(needs)) {
    try {
      const answer = await sendRequest(needs, attempt, signal);
      attempt.remember?.();
      return answer;
    } catch (error) {
      refusal = error;
      if (!isClientRefused(error) && !(needs.prover && isProofRefused(error))) break;
    }
  }
  throw refusal instanceof WardenError ? explainRefusal(needs, refusal) : refusal;
}

/** One way to prove who the client is; the next one is for a client that was refused. */
interface Attempt {
  readonly headers?: Readonly<Record<string, string>>;
  /** Made anew for each sending. */
  readonly form?: () => Readonly<Record<string, string>>;
  readonly remember?: () => void;
}

function attemptsOf(needs: TokenNeeds): readonly Attempt[] {
  if ("assertion" in needs) {
    const attempt: Attempt = { form: () => assertionForm(needs) };
    // A server may refuse once without a reason, and once because the proof does not have its nonce yet.
    return needs.prover ? [attempt, attempt, attempt] : [attempt, attempt];
  }
  return formsToTry(needs.url, needs).map((basic: BasicForm) => ({
    headers: { authorization: basicHeader(needs, basic) },
    remember: () => rememberForm(needs.url, basic),
  }));
}

const assertionForm = ({ clientId, assertion }: SigningClient) => ({
  client_id: clientId,
  client_assertion_type: ASSERTION_TYPE,
  client_assertion: assertion(),
});

async function sendRequest(needs: TokenNeeds, attempt: Attempt, signal: AbortSignal): Promise<TokenAnswer> {
  const { http, url, path, form = {}, prover } = needs;
  const { body } = await http.call({
    method: "POST",
    url,
    path,
    headers: attempt.headers,
    body: () => new URLSearchParams({ ...form, ...attempt.form?.(), grant_type: "client_credentials" }),
    // A token that is asked for twice harms nobody.
    retry: RETRY_READ,
    possession: prover && { prover },
    schema: prover ? boundTokenAnswer : tokenAnswer,
    describeVendorError: describeTokenError,
    signal,
  });
  return body;
}

const isClientRefused = (error: unknown): error is WardenError =>
  hasStatus(error, 401) || (hasStatus(error, 400, 403) && error.detail.vendorCode === "invalid_client");

function explainRefusal(needs: TokenNeeds, error: WardenError): WardenError {
  const { http } = needs;
  const fields = "assertion" in needs ? "clientId and its key" : "clientId and clientSecret";
  if (isClientRefused(error)) {
    const advice = `does not accept the client; check ${fields} in its secret`;
    return http.rewordError(error, { code: "ERR_VENDOR_AUTH", advice });
  }
  if (needs.prover && isProofRefused(error))
    return http.rewordError(error, { code: "ERR_VENDOR_AUTH", advice: PROOF_REFUSED });
  if (!hasStatus(error, 400, 403)) return error;
  const advice = `gives the client no token; check ${fields} in its secret, and its settings`;
  return http.rewordError(error, { code: "ERR_VENDOR_AUTH", advice });
}
