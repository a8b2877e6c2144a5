/** The room of one vendor call: deadline, retries, request budget, same-origin rule, tokens. */
export { type Answer, type Http, vendorHttp } from "./client.ts";
export { parse, readBytes } from "./response.ts";
export { clientToken, type Token } from "./token.ts";
export { type Fetched, keepShared } from "./token-cache.ts";
