/** The room of one vendor call: deadline, retries, concurrency, same-origin rule, tokens, pages. */
export { callAuthorized } from "./authorized.ts";
export { type CallBudget, callBudget } from "./call-budget.ts";
export { type HttpClient, httpClient } from "./client.ts";
export { readRsaKey, signAssertion } from "./client-assertion.ts";
export { paginate } from "./paginate.ts";
export { createPossessionKey, isProofRefused, type PossessionProver, possessionProver } from "./possession.ts";
export { allBudgets, rateWindow } from "./rate-window.ts";
export type { ApiResponseTo } from "./request.ts";
export { parseJson, readBytes } from "./response.ts";
export { RETRY_IDEMPOTENT, RETRY_READ, type RetryPolicy } from "./retry.ts";
export { clientCredentials, type TokenSource } from "./token.ts";
export { keepToken, tokenAnswer } from "./token-answer.ts";
export { ifPresent, numeric, textOrEmpty } from "./values.ts";
export { codeOfStatus, type VendorErrorDetail } from "./vendor-error.ts";
