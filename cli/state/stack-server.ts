/** What guards a server of the embedded stack: loopback, our own programs, and only those who know its access key. */
import { once } from "node:events";
import type { IncomingMessage, Server } from "node:http";
import { isSameText, STACK } from "./stack-description.ts";

export const HOST = "127.0.0.1";
/** Answers that are under way get this long once the end has come. */
const CLOSE_GRACE_MS = 2_000;

export function addressOf(server: Server): string {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server does not listen");
  return `http://${HOST}:${address.port}`;
}

export async function listenOnLoopback(server: Server): Promise<void> {
  server.listen(0, HOST);
  await once(server, "listening");
}

/**
 * Answers 403 to everybody else: to a web page in somebody's browser, whatever name it gives our address, and to other users
 * of this machine, who do not know the key.
 */
export function admitOnlyOwner(server: Server, accessKey: string): void {
  const handlers = server.listeners("request");
  server.removeAllListeners("request");
  server.on("request", (request, response) => {
    if (!isFromProgram(request, server) || !(isForIdentity(request) || hasKey(request, accessKey)))
      return void response.writeHead(403).end();
    for (const handle of handlers) Reflect.apply(handle, server, [request, response]);
  });
}

const isFromProgram = ({ headers }: IncomingMessage, server: Server): boolean =>
  headers.origin === undefined && `http://${headers.host}` === addressOf(server);

const isForIdentity = ({ url = "" }: IncomingMessage): boolean => url.split("?", 1)[0] === STACK.identity;

/** As the access key of a signature. https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html */
function hasKey({ headers }: IncomingMessage, accessKey: string): boolean {
  const [, presented] = /^AWS4-HMAC-SHA256 Credential=([^/\s]+)\//.exec(headers.authorization ?? "") ?? [];
  return presented !== undefined && isSameText(presented, accessKey);
}

export async function closeServer(server: Server): Promise<void> {
  const cut = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE_MS);
  const closed = new Promise<void>((resolve, reject) => server.close((error) => (error ? reject(error) : resolve())));
  server.closeIdleConnections();
  await closed;
  clearTimeout(cut);
}
