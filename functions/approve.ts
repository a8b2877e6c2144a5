/** Lambda: approves and rejects plans behind an API that IAM guards; who decides is who signed the call, and nobody else. */
import middy, { type MiddyHandlerObject } from "@middy/core";
import type { APIGatewayProxyEventV2WithIAMAuthorizer, APIGatewayProxyStructuredResultV2, Context } from "aws-lambda";
import { ulid } from "ulid";
import { answerDecision, type RemoteApproval } from "../lib/approval/index.ts";
import { runStarter } from "../lib/aws/run-starter.ts";
import { documentClient, dynamoLedger } from "../lib/ledger/index.ts";
import { omitUndefined } from "../lib/model/index.ts";
import { hashPolicy } from "../lib/policy/index.ts";
import type { RunOrder } from "../lib/run/index.ts";
import { planAnnouncer } from "./announce-plan.ts";
import { nameOf, policyOf } from "./environment.ts";
import { logProblem } from "./log.ts";

const clock = Date.now;
/** So that the plan can be given back, or the caller told, before Lambda ends the function. */
const START_DEADLINE_MS = 8_000;
const policy = policyOf(process.env);
const table = nameOf(process.env, "MFA_WARDEN_TABLE");
const start = runStarter({}, nameOf(process.env, "MFA_WARDEN_RUN_FUNCTION"));

const ports = {
  policy,
  policyHash: hashPolicy(policy),
  ledger: dynamoLedger({ client: documentClient({}), table, clock, ulid }),
  clock,
  announcePlan: planAnnouncer(process.env, "approve"),
  start: ({ plans, by, waveWaitSeconds }: RemoteApproval, signal: AbortSignal) => {
    const origin = { by, how: "approval API" };
    const directories = Object.keys(plans.plans);
    const order = omitUndefined({ mode: "enforce", origin, directories, applies: plans, waveWaitSeconds } as const);
    // A name for each approval: however often it is asked for, one run begins.
    const inTime = AbortSignal.any([signal, AbortSignal.timeout(START_DEADLINE_MS)]);
    return start(`apply-${ulid()}`, order satisfies RunOrder, inTime);
  },
};

const decide = async (event: APIGatewayProxyEventV2WithIAMAuthorizer, _: Context, { signal }: MiddyHandlerObject) => {
  // Behind any other guard than IAM there is no such caller, and nothing is decided.
  const caller = event.requestContext.authorizer?.iam?.userArn;
  const text = event.isBase64Encoded ? Buffer.from(event.body ?? "", "base64").toString("utf8") : event.body;
  const { status, body, code } = await answerDecision(ports, caller, text, signal);
  if (code !== undefined && status >= 500) logProblem({ part: "approve", code });
  return answer(status, body);
};

const answer = (statusCode: number, body: object): APIGatewayProxyStructuredResultV2 => ({
  statusCode,
  headers: { "content-type": "application/json", "cache-control": "no-store" },
  body: JSON.stringify(body),
});

export const handler = middy<APIGatewayProxyEventV2WithIAMAuthorizer, APIGatewayProxyStructuredResultV2>({
  timeoutEarlyInMillis: 500,
  timeoutEarlyResponse: () =>
    answer(503, { error: { code: "ERR_ABORTED", message: "This took too long; see `plan`." } }),
}).handler(decide);
