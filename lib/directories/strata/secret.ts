/** What the secret of a Strata tenant holds, and how it and the policy make whole profiles. */

import * as v from "valibot";
import { WardenError } from "../../errors.ts";
import { nonEmptyText } from "../fields.ts";
import { secretExtras } from "../vendor.ts";
import { KIND_NAMES, KINDS, type Kind, only, type Settings } from "./settings.ts";

export const secret = v.strictObject({
  clientId: nonEmptyText,
  clientSecret: nonEmptyText,
  /** By server name; what is in it depends on the policy's kind of server, so `wantedOf` reads it. */
  servers: v.record(v.string(), v.unknown()),
  ...secretExtras,
});
export type Secret = v.InferOutput<typeof secret>;

/** May stand in the policy or in the secret, with its least length. */
const EITHER: Partial<Record<Kind, Readonly<Record<string, number>>>> = {
  duo_security_v2: { duo_integration_key: 16 },
};

/** One profile as it must be. */
export interface Wanted {
  readonly name: string;
  readonly certificateProfile: string;
  readonly kind: Kind;
  readonly shown: Readonly<Record<string, string | number>>;
  readonly secret: Readonly<Record<string, string>>;
}

/** Brings the policy's servers and their secrets together. Throws `ERR_SECRET_INVALID`, naming fields, never a value. */
export function wantedOf(directory: string, { servers }: Pick<Settings, "servers">, held: Secret): Wanted[] {
  return servers.map((server) => {
    const kind = only(KIND_NAMES, server);
    const shown: Readonly<Record<string, string | number>> = { ...server[kind] };
    const { name, certificateProfile } = server;
    return { name, certificateProfile, kind, shown, secret: secretsOf(directory, name, kind, shown, held) };
  });
}

function secretsOf(
  directory: string,
  name: string,
  kind: Kind,
  shown: Readonly<Record<string, unknown>>,
  { servers }: Secret,
): Record<string, string> {
  const left = Object.entries(EITHER[kind] ?? {}).filter(([property]) => shown[property] === undefined);
  const lengths = { ...KINDS[kind].secret, ...Object.fromEntries(left) };
  const schema = v.strictObject(
    Object.fromEntries(
      Object.entries(lengths).map(([property, least]) => [property, v.pipe(v.string(), v.minLength(least))]),
    ),
  );
  const read = v.safeParse(schema, Object.hasOwn(servers, name) ? servers[name] : {});
  if (read.success) return read.output;
  const says = [...new Set(read.issues.map((issue) => complain(issue, `servers.${name}`)))].join(", ");
  throw new WardenError("ERR_SECRET_INVALID", `The secret of directory ${directory} ${says}.`);
}

function complain(issue: v.BaseIssue<unknown>, at: string): string {
  // Nobody knows what somebody put there, so its name is not shown.
  if (issue.expected === "never") return `has a field in ${at} that is not for this kind of server`;
  const field = v.getDotPath(issue);
  if (field === null) return `has a wrong ${at}`;
  return issue.received === "undefined" ? `lacks ${at}.${field}` : `has a wrong ${at}.${field}`;
}
