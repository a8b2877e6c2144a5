/** What a subscription of the simulated PingOne is made of, and which bodies the API takes for one. */

import { fieldsOf } from "../shared/answers.ts";

export interface Subscription {
  id: string;
  name: string;
  /** False: what happens is kept and sent when it is true again. */
  enabled: boolean;
  format: string;
  httpEndpoint: { url: string; headers: Record<string, string> };
  verifyTlsCertificates: boolean;
  filterOptions: { includedActionTypes: string[]; includedPopulations?: { id: string }[] };
  payloadOptions?: PayloadOptions;
  protocol?: string;
  tlsClientAuthKeyPair?: { id: string };
  createdAt: string;
  updatedAt: string;
}

/** Each has a default: up to 500 events, as one JSON array. */
export interface PayloadOptions {
  maximumPayloadLimit?: { type?: string; size?: number };
  payloadFormat?: { https?: { format?: string; prettyPrint?: boolean }; tcp?: { format?: string } };
}

type Wanted = Omit<Subscription, "id" | "createdAt" | "updatedAt">;

/** What a body asks for, or the name of the field that is wrong. */
export function readSubscription(body: unknown): Wanted | string {
  const given = fieldsOf(body) as Partial<Wanted>;
  const wrong = Object.entries(checks).find(([, holds]) => !holds(given))?.[0];
  if (wrong !== undefined) return wrong;
  const { httpEndpoint, ...rest } = given as Wanted;
  return { ...rest, httpEndpoint: { url: httpEndpoint.url, headers: httpEndpoint.headers ?? {} } };
}

const checks: Record<string, (given: Partial<Wanted>) => boolean> = {
  name: ({ name }) => typeof name === "string" && name !== "",
  enabled: ({ enabled }) => typeof enabled === "boolean",
  format: ({ format }) => ["ACTIVITY", "SPLUNK", "NEWRELIC"].includes(format ?? ""),
  "httpEndpoint.url": ({ httpEndpoint }) =>
    /^https:\/\//.test(httpEndpoint?.url ?? "") || isLoopback(httpEndpoint?.url),
  "httpEndpoint.headers": ({ httpEndpoint }) => areHeaders(httpEndpoint?.headers ?? {}),
  verifyTlsCertificates: ({ verifyTlsCertificates, tlsClientAuthKeyPair }) =>
    tlsClientAuthKeyPair ? verifyTlsCertificates === true : typeof verifyTlsCertificates === "boolean",
  protocol: ({ protocol = "HTTPS" }) => ["HTTPS", "TCP_IP"].includes(protocol),
  "filterOptions.includedActionTypes": ({ filterOptions }) => {
    const types = filterOptions?.includedActionTypes;
    return Array.isArray(types) && types.length > 0 && types.every((type) => /^[A-Z_]+\.[A-Z_]+$/.test(type));
  },
  "filterOptions.includedPopulations": ({ filterOptions }) => (filterOptions?.includedPopulations ?? []).length <= 10,
  "payloadOptions.maximumPayloadLimit": ({ payloadOptions }) =>
    payloadOptions === undefined || (isObject(payloadOptions) && isLimit(payloadOptions.maximumPayloadLimit)),
  "payloadOptions.payloadFormat": ({ payloadOptions }) => isFormat(payloadOptions?.payloadFormat),
};

const MAX_SIZE_BY_LIMIT = new Map([
  ["EVENTS_PER_PAYLOAD", 500],
  ["KB_PER_PAYLOAD", 4096],
]);

function isLimit(limit: unknown): boolean {
  if (limit === undefined) return true;
  if (!isObject(limit)) return false;
  const { type = "EVENTS_PER_PAYLOAD", size = 1 } = limit;
  const most = MAX_SIZE_BY_LIMIT.get(String(type));
  return most !== undefined && Number.isInteger(size) && Number(size) >= 1 && Number(size) <= most;
}

/** It is an object with an entry a protocol, not the name of a format. */
function isFormat(format: unknown): boolean {
  if (format === undefined) return true;
  if (!isObject(format)) return false;
  const { https = {}, tcp = {} } = format;
  if (!isObject(https) || !isObject(tcp)) return false;
  if (!["boolean", "undefined"].includes(typeof https.prettyPrint)) return false;
  const isHttps = ["JSON_ARRAY", "ND_JSON", undefined].includes(https.format as string | undefined);
  return isHttps && ["JSON_DOC", "RFC_LOGLINE", undefined].includes(tcp.format as string | undefined);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function areHeaders(headers: Record<string, string>): boolean {
  try {
    new Headers(headers);
    return true;
  } catch {
    return false;
  }
}

/** Whether an address is on this machine; the simulator sends nothing anywhere else. */
export function isLoopback(address: string | undefined): boolean {
  const { protocol, hostname } = URL.parse(address ?? "") ?? {};
  return (protocol === "http:" || protocol === "https:") && /^(localhost|127(\.\d+){3})$/.test(hostname ?? "");
}
