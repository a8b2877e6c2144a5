/** A server on loopback that stands for IAM before another one. */
import { request as call, type IncomingMessage } from "node:http";
import { buffer } from "node:stream/consumers";
import { type LoopbackServer, openServer } from "../loopback.ts";
import { type AccessControl, refuse } from "./access.ts";
import type { Grant } from "./graph.ts";

/**
 * Passes on every call that its caller's role allows.
 * @param tellMissing what it takes to be told that something is not there
 */
export const pass = (
  access: AccessControl,
  to: string,
  asks: (request: IncomingMessage, body: string) => Grant[],
  tellMissing: (request: IncomingMessage) => Grant[] = () => [],
): Promise<LoopbackServer> =>
  openServer(async (request, response) => {
    const body = await buffer(request);
    const refused = access.refusal(request, asks(request, body.toString("latin1")));
    if (refused) return refuse(response, refused);
    const { method, headers, url } = request;
    const onward = call(`${to}${url}`, { method, headers }, (answer) => {
      const untold = answer.statusCode === 404 ? access.refusal(request, tellMissing(request)) : undefined;
      if (untold) return refuse(response, untold);
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    });
    onward.on("error", () => response.destroy());
    onward.end(body);
  });
