/** Lambda: takes what vendors send to `POST /hooks/{directory}`. Its answers have no body, whatever happened. */
import middy from "@middy/core";
import { problemOf } from "../lib/errors.ts";
import { acceptWebhook } from "../lib/webhook/index.ts";
import { complain, ingestPortsOf, requestOf } from "./hooks.ts";

const ports = ingestPortsOf(process.env);
const answer = (statusCode: number) => ({ statusCode, body: "" });

const takeHook = async (event: unknown, _: unknown, { signal }: { signal: AbortSignal }) => {
  const { status, code } = await acceptWebhook(ports, requestOf(event), signal);
  if (code) complain(code);
  return answer(status);
};

/** Half a second before Lambda would end it, the vendor is told to send again. */
const early = { timeoutEarlyInMillis: 500, timeoutEarlyResponse: () => answer(503) };

export const handler = middy(takeHook, early).onError((request) => {
  complain(problemOf(request.error).code);
  request.response = answer(500);
});
