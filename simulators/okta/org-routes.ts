/** The simulated org's policies, admin roles, System Log and event hooks. */

import { type Answer, fieldsOf } from "../shared/answers.ts";
import { answerError, answerJson, showHook, showLine } from "./answers.ts";
import { type ApiCall, answerPage, type Handler, NOT_FOUND } from "./call.ts";
import { verifyAddress } from "./event-sender.ts";
import type { EventHook, LogLine } from "./people.ts";
import { idOf } from "./seed.ts";
import type { Tenant } from "./tenant.ts";

export const orgHandlers: Record<string, Handler> = {
  "GET policies": listPolicies,
  "GET rules": ({ policies }, { id }) => {
    const policy = policies.find((one) => one.id === id);
    return policy ? answerJson(policy.rules) : NOT_FOUND;
  },
  "GET roles": ({ roles }) =>
    answerJson(roles.map((type) => ({ id: idOf("KVJ", type), type, status: "ACTIVE", label: type }))),
  "GET logs": readLog,
  "GET hooks": ({ hooks }, call) => answerPage(call, hooks, { show: showHook, most: 200 }),
  "POST hooks": (tenant, call) => saveHook(tenant, call, undefined),
  "PUT hook": (tenant, call) => withHook(tenant, call, (hook) => saveHook(tenant, call, hook)),
  "POST verify": (tenant, call) => withHook(tenant, call, (hook) => verifyHook(tenant, hook)),
  "POST activate": (tenant, call) =>
    withHook(tenant, call, (hook) => answerJson(showHook(Object.assign(hook, { status: "ACTIVE" })))),
};

const POLICY_TYPES = new Set(["MFA_ENROLL", "OKTA_SIGN_ON", "ACCESS_POLICY", "PASSWORD", "IDP_DISCOVERY"]);

function listPolicies({ policies }: Tenant, { url }: ApiCall): Answer {
  const type = url.searchParams.get("type") ?? "";
  if (!POLICY_TYPES.has(type)) return answerError(400);
  return answerJson(policies.filter((policy) => policy.type === type).map(({ document }) => document));
}

function readLog({ lines }: Tenant, call: ApiCall): Answer {
  const { searchParams } = call.url;
  const limit = Number(searchParams.get("limit") ?? 100);
  if (!Number.isInteger(limit) || limit < 0 || limit > 1_000) return answerError(400);
  const [since = "", until = "9999"] = ["since", "until"].map((name) => searchParams.get(name) ?? undefined);
  const isWanted = readFilter(searchParams.get("filter"));
  if (!isWanted) return answerError(400, "E0000031");
  const found = lines.filter((line) => line.at >= since && line.at <= until && isWanted(line));
  const ordered = searchParams.get("sortOrder") === "DESCENDING" ? found.toReversed() : found;
  return answerPage(call, ordered, { show: showLine, most: 1_000 });
}

/** Comparisons of the kind of an event or of whom it names, any of which may hold; `undefined`: of another kind. */
function readFilter(filter: string | null): ((line: LogLine) => boolean) | undefined {
  if (filter === null) return () => true;
  const terms = filter.split(" or ").map((term) => /^(eventType|target\.id) eq "([\w.]+)"$/.exec(term));
  if (terms.includes(null)) return undefined;
  return ({ eventType, user }) =>
    terms.some((term) => term?.[2] === (term?.[1] === "eventType" ? eventType : user) && term?.[2] !== undefined);
}

async function withHook(
  { hooks }: Tenant,
  { id }: ApiCall,
  answer: (hook: EventHook) => Answer | Promise<Answer>,
): Promise<Answer> {
  const hook = hooks.find((one) => one.id === id);
  return hook ? await answer(hook) : NOT_FOUND;
}

/** One that sends elsewhere than before must be verified again. */
function saveHook({ hooks }: Tenant, { body }: ApiCall, known: EventHook | undefined): Answer {
  const { name, events, channel } = fieldsOf(body);
  const { type, version, config } = fieldsOf(channel);
  const { uri, authScheme } = fieldsOf(config);
  const { key = "", value = "" } = fieldsOf(authScheme);
  const { items } = fieldsOf(events);
  if (
    typeof name !== "string" ||
    typeof uri !== "string" ||
    type !== "HTTP" ||
    version !== "1.0.0" ||
    !Array.isArray(items)
  )
    return answerError(400);
  const hook = known ?? {
    id: idOf("who", `${hooks.length} ${uri}`),
    status: "ACTIVE",
    verificationStatus: "UNVERIFIED",
  };
  const verificationStatus = known && known.uri === uri ? known.verificationStatus : "UNVERIFIED";
  const saved = Object.assign(hook, {
    name,
    events: fieldsOf(events),
    uri,
    key: String(key),
    value: String(value),
    verificationStatus,
  });
  if (!known) hooks.push(saved);
  return answerJson(showHook(saved));
}

async function verifyHook({ trustsAddresses }: Tenant, hook: EventHook): Promise<Answer> {
  if (!trustsAddresses && !(await verifyAddress(hook))) return answerError(400);
  return answerJson(showHook(Object.assign(hook, { verificationStatus: "VERIFIED" })));
}
