/** Sends a decision to the deployed API, signed: there the caller's ARN decides who may, and the run is started there, too. */

import * as v from "valibot";
import { type SignedAnswer, signedCaller } from "../../lib/aws/signed-call.ts";
import { CODES, type Code, WardenError } from "../../lib/errors.ts";
import { clock } from "../local/records.ts";
import { requireWithAws } from "../terminal/options.ts";

export interface Decision {
  readonly action: "approve" | "reject";
  readonly run: string;
  readonly directory?: string | undefined;
  readonly hash?: string | undefined;
  readonly note?: string | undefined;
  readonly waveWaitSeconds?: number | undefined;
}

const DEADLINE_MS = 60_000;

const unreachable = (cause: string) =>
  new WardenError(
    "ERR_APPROVAL_UNREACHABLE",
    `The approval API could not be reached (${cause}); nothing is known of your decision, look with \`plan --aws\`.`,
  );

/** Answers what the API says. Throws its error, or `ERR_APPROVAL_UNREACHABLE`. @param address as the deployment gives it */
export async function decideRemotely(address: string | undefined, decision: Decision): Promise<unknown> {
  const url = addressOf(requireWithAws(address, "--approvals or MFA_WARDEN_APPROVALS"));
  const { post } = signedCaller({}, { clock, toError: unreachable });
  const call = { url, service: "execute-api", type: "application/json", body: JSON.stringify(decision) };
  return readAnswer(await post(call, AbortSignal.timeout(DEADLINE_MS)));
}

function addressOf(text: string): URL {
  const url = URL.parse(text);
  const isLocal = url?.protocol === "http:" && /^(localhost|127\.0\.0\.1|\[::1\])$/.test(url.hostname);
  if (url && (url.protocol === "https:" || isLocal) && url.username === "" && url.search === "") return url;
  throw new WardenError(
    "ERR_INPUT_INVALID",
    "The address of the approval API is no https address; take the output `approvals` of the deployment.",
  );
}

const errorSchema = v.object({ error: v.object({ code: v.string(), message: v.string() }) });

function readAnswer({ status, body }: SignedAnswer): unknown {
  const json = parse(body);
  if (status === 200 && json !== undefined) return json;
  const read = v.safeParse(errorSchema, json);
  if (read.success) throw new WardenError(codeOf(read.output.error.code), read.output.error.message);
  // IAM answers before our function does, in words of its own.
  if (status === 403)
    throw new WardenError(
      "ERR_APPROVAL_DENIED",
      "AWS does not let these credentials call the approval API; ask for execute-api:Invoke on it, or take another profile.",
    );
  throw unreachable(`HTTP ${status}`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const codeOf = (code: string): Code => (Object.hasOwn(CODES, code) ? (code as Code) : "ERR_INTERNAL");
