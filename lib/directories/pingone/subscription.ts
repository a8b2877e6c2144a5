/** PingOne's subscription that sends us its events: found, compared and made. https://developer.pingidentity.com/pingone-api/platform/subscriptions-webhooks.html */

import * as v from "valibot";
import { WardenError } from "../../errors.ts";
import type { HttpClient } from "../../http/index.ts";
import type { Directory, WebhookPlan, WebhookTarget } from "../../model/index.ts";
import { endpoint } from "../vendor.ts";
import type { Ask } from "./api.ts";
import { HEADER } from "./events.ts";
import { identifier } from "./schema.ts";

/** Names as PingOne spells them: whatever may change a switch, a second factor, or which rule is for an account. */
const ACTIONS = [
  "USER.CREATED",
  "USER.UPDATED",
  "USER.DELETED",
  "USER.MOVED",
  "MEMBER_OF_GROUP.CREATED",
  "MEMBER_OF_GROUP.DELETED",
  ...["ACTIVATED", "BLOCKED", "CREATED", "DELETED", "LOCKED", "UNBLOCKED", "UNLOCKED", "UPDATED"].map(
    (what) => `DEVICE.${what}`,
  ),
];
const MOST_SUBSCRIPTIONS = 50;
const ROLE = "the role Environment Admin";
const SUBSCRIPTIONS = "/environments/{env}/subscriptions";
const SUBSCRIPTION = "/environments/{env}/subscriptions/{id}";

const maybe = v.optional(v.unknown());
const texts = v.fallback(v.array(v.string()), []);
const none = v.fallback(v.optional(v.array(v.unknown())), undefined);
const found = v.object({
  id: identifier,
  name: v.string(),
  enabled: maybe,
  protocol: maybe,
  format: maybe,
  verifyTlsCertificates: maybe,
  tlsClientAuthKeyPair: maybe,
  httpEndpoint: v.fallback(v.object({ url: maybe, headers: maybe }), {}),
  filterOptions: v.fallback(
    v.object({ includedActionTypes: texts, includedPopulations: none, includedApplications: none, includedTags: none }),
    { includedActionTypes: [] },
  ),
  payloadOptions: maybe,
});
type Found = v.InferOutput<typeof found>;
const list = v.object({
  _links: v.object({ next: v.optional(v.object({ href: v.string() })) }),
  _embedded: v.object({ subscriptions: v.array(found) }),
});

const payload = v.object({
  maximumPayloadLimit: v.object({ type: v.literal("EVENTS_PER_PAYLOAD"), size: v.literal(500) }),
  payloadFormat: v.literal("JSON_ARRAY"),
});

/** What the open directory lends. */
interface Calls {
  readonly directory: string;
  send<S extends v.GenericSchema>(ask: Ask<S>, body?: string): Promise<unknown>;
  pages(ask: Ask<typeof list>): AsyncIterable<v.InferOutput<typeof list>>;
  readonly fault: HttpClient["fault"];
}

/** Finds, compares and makes the subscription `mfa-warden <directory>`. Throws `ERR_VENDOR_DENIED` naming the role it takes. */
export function subscribe({ directory, send, pages, fault }: Calls): NonNullable<Directory["hooks"]> {
  const name = `mfa-warden ${directory}`;

  async function look(signal: AbortSignal): Promise<{ ours?: Found; count: number }> {
    const all: Found[] = [];
    for await (const { _embedded } of pages({ path: SUBSCRIPTIONS, schema: list, signal })) {
      all.push(..._embedded.subscriptions);
    }
    const ours = all.filter((one) => one.name === name);
    if (ours.length > 1) {
      const sentence = "has several subscriptions of our name; delete all but one in PingOne";
      throw fault("ERR_VENDOR_REJECTED", { method: "GET", path: SUBSCRIPTIONS }, sentence);
    }
    return { count: all.length, ...(ours[0] === undefined ? {} : { ours: ours[0] }) };
  }

  async function plan(wanted: WebhookTarget, signal: AbortSignal): Promise<WebhookPlan> {
    const { ours } = await allowed(look(signal));
    if (!ours) return { state: "missing", detail: `There is no subscription "${name}".` };
    const wrong = differences(ours, wanted);
    if (wrong.length === 0) return { state: "right", detail: `The subscription "${name}" is as wanted.` };
    return { state: "different", detail: `The subscription "${name}": ${wrong.join("; ")}.` };
  }

  async function apply(wanted: WebhookTarget, signal: AbortSignal): Promise<void> {
    if (!v.is(endpoint, wanted.url)) {
      const message = `Directory ${directory} can only send to an https address, or to http on loopback; give another one.`;
      throw new WardenError("ERR_INPUT_INVALID", message);
    }
    const { ours, count } = await allowed(look(signal));
    if (!ours && count >= MOST_SUBSCRIPTIONS) {
      const sentence = `has ${count} subscriptions, and PingOne allows no more than ${MOST_SUBSCRIPTIONS}; delete one`;
      throw fault("ERR_VENDOR_REJECTED", { method: "POST", path: SUBSCRIPTIONS }, sentence);
    }
    const body = JSON.stringify(describe(name, wanted, ours));
    const ask = { schema: v.unknown(), signal };
    await allowed(
      ours
        ? send({ ...ask, path: SUBSCRIPTION, id: ours.id }, body)
        : send({ ...ask, path: SUBSCRIPTIONS, method: "POST" }, body),
    );
  }

  async function allowed<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      if (!(error instanceof WardenError) || error.code !== "ERR_VENDOR_DENIED") throw error;
      const { method = "GET", path = SUBSCRIPTIONS } = error.detail;
      const sentence = `does not allow webhooks to be read or set up; give the worker application ${ROLE}`;
      throw fault(error.code, { ...error.detail, method, path }, sentence);
    }
  }

  return { plan, apply };
}

function describe(name: string, { url, header }: WebhookTarget, ours: Found | undefined): object {
  return {
    name,
    enabled: true,
    protocol: "HTTPS",
    format: "ACTIVITY",
    httpEndpoint: { url, headers: { [HEADER]: header } },
    verifyTlsCertificates: true,
    filterOptions: { includedActionTypes: ACTIONS },
    payloadOptions: {
      maximumPayloadLimit: { type: "EVENTS_PER_PAYLOAD", size: 500 },
      payloadFormat: "JSON_ARRAY",
    },
    // Somebody may have added mutual TLS; a PUT without it would take it away.
    ...(ours?.tlsClientAuthKeyPair == null ? {} : { tlsClientAuthKeyPair: ours.tlsClientAuthKeyPair }),
  };
}

/** Each as a sentence without values. Protocol and payload have defaults that fit, and may be left out of an answer. */
function differences(ours: Found, wanted: WebhookTarget): string[] {
  const { enabled, protocol = "HTTPS", format, verifyTlsCertificates, httpEndpoint, filterOptions } = ours;
  const { includedActionTypes: types, ...narrowing } = filterOptions;
  const lacking = ACTIONS.filter((type) => !types.includes(type));
  const narrowed = Object.values(narrowing).some((only) => only !== undefined && only.length > 0);
  const checks: readonly (readonly [boolean, string])[] = [
    [enabled === true, "it is not enabled"],
    [protocol === "HTTPS", "its protocol is not HTTPS"],
    [format === "ACTIVITY", "its format is not ACTIVITY"],
    [httpEndpoint.url === wanted.url, "it sends to another address"],
    [verifyTlsCertificates === true, "it does not verify certificates"],
    [lacking.length === 0, `it leaves out ${lacking.join(", ")}`],
    [!narrowed, "it is narrowed to some populations, applications or tags"],
    [ours.payloadOptions == null || v.is(payload, ours.payloadOptions), "its payload options are others"],
  ];
  const wrong = checks.flatMap(([right, sentence]) => (right ? [] : [sentence]));
  return [...wrong, ...headerDifference(httpEndpoint.headers, wanted.header)];
}

function headerDifference(headers: unknown, wanted: string): string[] {
  const all = v.safeParse(v.record(v.string(), v.unknown()), headers);
  const hidden = "its header cannot be compared, since PingOne does not show it; applying writes it again";
  if (!all.success) return [hidden];
  const entries = Object.entries(all.output);
  const [ours, ...others] = entries.sort(([a], [b]) => Number(isOurs(b)) - Number(isOurs(a)));
  if (others.length > 0 || !ours || !isOurs(ours[0])) return ["its headers are others"];
  const [, value] = ours;
  if (value === wanted) return [];
  return [typeof value !== "string" || /^$|\*{2}|•/.test(value) ? hidden : "its header has another value"];
}

const isOurs = (name: string): boolean => name.toLowerCase() === HEADER;
