/** Lambda: takes what vendors send to `POST /hooks/{directory}`. Its answers have no body, but for a vendor that asks who is there. */
import middy, { type MiddyHandlerObject } from "@middy/core";
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from "aws-lambda";
import { problemOf } from "../lib/errors.ts";
import { acceptWebhook } from "../lib/webhook/index.ts";
import { ingestPortsOf, PART, requestOf } from "./hooks.ts";
import { logProblem } from "./log.ts";

const ports = ingestPortsOf(process.env);
const answer = (statusCode: number): APIGatewayProxyStructuredResultV2 => ({ statusCode, body: "" });

const takeHook = async (event: APIGatewayProxyEventV2, _: Context, { signal }: MiddyHandlerObject) => {
  const { status, code, content } = await acceptWebhook(ports, requestOf(event), signal);
  if (code) logProblem({ part: PART, code });
  if (!content) return answer(status);
  // Nothing may take what a caller has sent for a page of ours.
  const headers = { "content-type": content.contentType, "x-content-type-options": "nosniff" };
  return { statusCode: status, headers, body: content.body };
};

/** Half a second before Lambda would end it, the vendor is told to send again. */
const early = { timeoutEarlyInMillis: 500, timeoutEarlyResponse: () => answer(503) };

export const handler = middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>(takeHook, early).onError(
  (request) => {
    logProblem({ part: PART, code: problemOf(request.error).code });
    request.response = answer(500);
  },
);
