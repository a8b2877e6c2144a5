/** Who asks AWS for what, and whether the asker's role allows it. */
import type { IncomingMessage, ServerResponse } from "node:http";
import { ACCOUNT, REGION } from "./cloud.ts";
import type { Grant } from "./graph.ts";

/** One thing that one function asked for. */
export interface AccessCall extends Grant {
  readonly caller: string;
  readonly allowed: boolean;
}

export interface Caller {
  readonly name: string;
  readonly role: readonly Grant[];
}

export interface AccessControl {
  /** From now on these callers, by their access keys, have these roles; nobody else may do anything. */
  setRoles(roles: ReadonlyMap<string, Caller>): void;
  /** Notes what a request asks for. Answers what its caller is not allowed, if anything. */
  refusal(request: IncomingMessage, asked: readonly Grant[]): AccessCall | undefined;
  /** What was asked since the last time. */
  takeCalls(): AccessCall[];
}

export function controlAccess(): AccessControl {
  let callers: ReadonlyMap<string, Caller> = new Map();
  const calls: AccessCall[] = [];
  return {
    setRoles(roles) {
      callers = roles;
    },
    refusal(request, asked) {
      const accessKey = accessKeyOf(request);
      const { name: caller, role } = callers.get(accessKey) ?? { name: accessKey, role: [] };
      const noted = asked.map((grant) => ({ ...grant, caller, allowed: role.some((one) => allows(one, grant)) }));
      calls.push(...noted);
      return noted.find(({ allowed }) => !allowed);
    },
    takeCalls: () => calls.splice(0),
  };
}

/**
 * In a header or, of a link, in the address.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-signing-elements.html
 */
const accessKeyOf = ({ headers, url = "" }: IncomingMessage) =>
  /Credential=(\w+)/.exec(headers.authorization ?? url)?.[1] ?? "nobody";

export const allows = (granted: Grant, asked: Grant): boolean =>
  granted.action === asked.action &&
  wildcard(granted.resource).test(asked.resource) &&
  (granted.keys === undefined ||
    (asked.keys ?? []).every((key) => granted.keys?.some((one) => wildcard(one).test(key))));

function wildcard(pattern: string): RegExp {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  return new RegExp(`^${source}$`);
}

/** As each service says it; S3 alone speaks XML. */
export function refuse(response: ServerResponse, { caller, action, resource }: AccessCall): void {
  const message = `User: arn:aws:sts::${ACCOUNT}:assumed-role/${caller} is not authorized to perform: ${action} on resource: ${resource}`;
  if (action.startsWith("s3:")) {
    response.writeHead(403, { "content-type": "application/xml" });
    response.end(`<Error><Code>AccessDenied</Code><Message>${message}</Message></Error>`);
    return;
  }
  response.writeHead(400, { "content-type": "application/x-amz-json-1.0" });
  response.end(JSON.stringify({ __type: "AccessDeniedException", message }));
}

export const arn = (service: string, rest: string): string => `arn:aws:${service}:${REGION}:${ACCOUNT}:${rest}`;
