/** The profiles that there must be: what the policy says of each, and its secrets. */

import * as v from "valibot";
import { WardenError } from "../../errors.ts";
import { KIND_NAMES, KINDS, type ServerKind } from "./kinds.ts";
import { type Secret, type StrataNeeds, theOnlyKey } from "./settings.ts";

/** One profile as it must be. */
export interface WantedProfile {
  readonly name: string;
  readonly certificateProfile: string;
  readonly kind: ServerKind;
  /** What the policy names. */
  readonly fields: Readonly<Record<string, string | number>>;
  /** What the directory's secret holds. */
  readonly secrets: Readonly<Record<string, string>>;
}

type Server = StrataNeeds["settings"]["servers"][number];

/** Brings the policy's servers and their secrets together. Throws `ERR_SECRET_INVALID`, naming fields, never a value. */
export const wantedProfiles = ({ id, settings, secret }: StrataNeeds): WantedProfile[] =>
  settings.servers.map((server) => wantedProfile(id, server, secret));

function wantedProfile(directory: string, server: Server, secret: Secret): WantedProfile {
  const { name, certificateProfile } = server;
  const kind = theOnlyKey(KIND_NAMES, server);
  const fields: WantedProfile["fields"] = { ...server[kind] };
  const held = Object.hasOwn(secret.servers, name) ? secret.servers[name] : {};
  const read = v.safeParse(secretsSchema(kind, fields), held);
  if (read.success) return { name, certificateProfile, kind, fields, secrets: read.output };
  const complaints = new Set(read.issues.map((issue) => describeIssue(issue, `servers.${name}`)));
  throw new WardenError("ERR_SECRET_INVALID", `The secret of directory ${directory} ${[...complaints].join(", ")}.`);
}

/** May stand in the policy or in the secret, with its least length. */
const POLICY_OR_SECRET: Partial<Record<ServerKind, Readonly<Record<string, number>>>> = {
  duo_security_v2: { duo_integration_key: 16 },
};

function secretsSchema(kind: ServerKind, fields: WantedProfile["fields"]) {
  const notInPolicy = Object.entries(POLICY_OR_SECRET[kind] ?? {}).filter(([field]) => fields[field] === undefined);
  const minLengths = [...Object.entries(KINDS[kind].secrets), ...notInPolicy];
  const entries = minLengths.map(([field, minLength]) => [field, v.pipe(v.string(), v.minLength(minLength))] as const);
  return v.strictObject(Object.fromEntries(entries));
}

function describeIssue(issue: v.BaseIssue<unknown>, place: string): string {
  // Nobody knows what somebody put there, so its name is not shown.
  if (issue.expected === "never") return `has a field in ${place} that is not for this kind of server`;
  const field = v.getDotPath(issue);
  if (field === null) return `has a wrong ${place}`;
  return issue.received === "undefined" ? `lacks ${place}.${field}` : `has a wrong ${place}.${field}`;
}
