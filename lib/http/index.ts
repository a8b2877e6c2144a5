/** The room of one vendor call: deadline, retries, request budget, same-origin rule, tokens. */
export { type ApiResponse, type HttpClient, httpClient } from "./client.ts";
export { parse, readBytes } from "./response.ts";
export { clientCredentials, type TokenSource } from "./token.ts";
export { cacheToken, type FetchedToken } from "./token-cache.ts";
