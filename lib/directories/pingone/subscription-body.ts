/** What PingOne's subscription must be like, and in what one that is there differs. https://developer.pingidentity.com/pingone-api/platform/subscriptions-webhooks.html */

import * as v from "valibot";
import { omitUndefined, type WebhookTarget } from "../../model/index.ts";
import { anything, ifPresent, numeric, textOrEmpty } from "../fields.ts";
import { WEBHOOK_HEADER } from "./events.ts";
import { linkedList } from "./schema.ts";

/** Names as PingOne spells them: whatever may change a switch, a second factor, or which rule is for an account. */
const ACTION_TYPES = [
  "USER.CREATED",
  "USER.UPDATED",
  "USER.DELETED",
  "USER.MOVED",
  "MEMBER_OF_GROUP.CREATED",
  "MEMBER_OF_GROUP.DELETED",
  "DEVICE.ACTIVATED",
  "DEVICE.BLOCKED",
  "DEVICE.CREATED",
  "DEVICE.DELETED",
  "DEVICE.LOCKED",
  "DEVICE.UNBLOCKED",
  "DEVICE.UNLOCKED",
  "DEVICE.UPDATED",
];

const textList = v.fallback(v.array(v.string()), []);
const optionalList = v.fallback(v.optional(v.array(v.unknown())), undefined);

const subscription = v.object({
  // Those of others may be as they like; an id goes into a path only if it is one.
  id: textOrEmpty,
  name: textOrEmpty,
  enabled: anything,
  protocol: anything,
  format: anything,
  verifyTlsCertificates: anything,
  tlsClientAuthKeyPair: anything,
  httpEndpoint: v.fallback(v.object({ url: anything, headers: anything }), {}),
  filterOptions: v.fallback(
    v.object({
      includedActionTypes: textList,
      includedPopulations: optionalList,
      includedApplications: optionalList,
      includedTags: optionalList,
    }),
    { includedActionTypes: [] },
  ),
  payloadOptions: anything,
});
export type Subscription = v.InferOutput<typeof subscription>;
export const subscriptionList = linkedList({ subscriptions: v.array(subscription) });

/** An absent option has the default that is wanted. */
const wantedPayload = ifPresent(
  v.object({
    maximumPayloadLimit: ifPresent(
      v.object({
        type: ifPresent(v.literal("EVENTS_PER_PAYLOAD")),
        size: ifPresent(v.pipe(numeric, v.literal(500))),
      }),
    ),
    payloadFormat: ifPresent(v.object({ https: ifPresent(v.object({ format: ifPresent(v.literal("JSON_ARRAY")) })) })),
  }),
);

export const subscriptionName = (directory: string): string => `mfa-warden ${directory}`;

/** @param ours the subscription that it replaces */
export const subscriptionBody = (
  name: string,
  { url, header }: WebhookTarget,
  ours: Subscription | undefined,
): object =>
  omitUndefined({
    name,
    enabled: true,
    protocol: "HTTPS",
    format: "ACTIVITY",
    httpEndpoint: { url, headers: { [WEBHOOK_HEADER]: header } },
    verifyTlsCertificates: true,
    filterOptions: { includedActionTypes: ACTION_TYPES },
    // Somebody may have added mutual TLS; a PUT without it would take it away.
    tlsClientAuthKeyPair: ours?.tlsClientAuthKeyPair ?? undefined,
  });

/** Each as a sentence without values. Protocol and payload have defaults that fit, and may be left out of an answer. */
export function differences(ours: Subscription, wanted: WebhookTarget): string[] {
  const { enabled, protocol = "HTTPS", format, verifyTlsCertificates, httpEndpoint } = ours;
  const { includedActionTypes, ...filters } = ours.filterOptions;
  const lacking = ACTION_TYPES.filter((type) => !includedActionTypes.includes(type));
  const isNarrowed = Object.values(filters).some((filter) => filter !== undefined && filter.length > 0);
  const checks: readonly (readonly [isRight: boolean, otherwise: string])[] = [
    [enabled === true, "it is not enabled"],
    [protocol === "HTTPS", "its protocol is not HTTPS"],
    [format === "ACTIVITY", "its format is not ACTIVITY"],
    [httpEndpoint.url === wanted.url, "it sends to another address"],
    [verifyTlsCertificates === true, "it does not verify certificates"],
    [lacking.length === 0, `it leaves out ${lacking.join(", ")}`],
    [!isNarrowed, "it is narrowed to some populations, applications or tags"],
    [v.safeParse(wantedPayload, ours.payloadOptions).success, "its payload options are others"],
  ];
  const wrong = checks.flatMap(([isRight, otherwise]) => (isRight ? [] : [otherwise]));
  return [...wrong, ...headerDifference(httpEndpoint.headers, wanted.header)];
}

const HIDDEN_HEADER = "its header cannot be compared, since PingOne does not show it; applying writes it again";
/** How a value looks that the vendor does not show: empty, or masked. */
const HIDDEN_VALUE = /^$|\*{2}|•/;

function headerDifference(headers: unknown, wanted: string): string[] {
  const all = v.safeParse(v.record(v.string(), v.unknown()), headers);
  if (!all.success) return [HIDDEN_HEADER];
  const [only, ...others] = Object.entries(all.output);
  if (only === undefined || others.length > 0) return ["its headers are others"];
  const [name, value] = only;
  if (name.toLowerCase() !== WEBHOOK_HEADER) return ["its headers are others"];
  if (value === wanted) return [];
  return [typeof value !== "string" || HIDDEN_VALUE.test(value) ? HIDDEN_HEADER : "its header has another value"];
}
