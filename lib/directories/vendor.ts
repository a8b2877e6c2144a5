/** What a vendor's file exports: what its policy entry and its secret look like, and how to open a directory of it. */

import * as v from "valibot";
import { WardenError } from "../errors.ts";
import type { Directory, DirectoryNeeds, WebhookReader } from "../model/index.ts";

export interface Vendor {
  /** The vendor's own keys of a directory in the policy file; strict. */
  readonly settings: v.GenericSchema;
  readonly secret: v.GenericSchema;
  /** Throws `ERR_POLICY_INVALID` or `ERR_SECRET_INVALID`, naming the directory and the field, never a value. */
  open(needs: DirectoryNeeds): Directory;
  /** How its webhooks are read. Absent: it sends none. */
  readonly hooks?: WebhookReader;
}

/** What an open directory gets: its settings and secret have been read. */
export interface Opened<S, K> extends Omit<DirectoryNeeds, "settings" | "secret"> {
  readonly settings: S;
  readonly secret: K;
}

export function defineVendor<S extends v.GenericSchema, K extends v.GenericSchema>(parts: {
  readonly settings: S;
  readonly secret: K;
  open(needs: Opened<v.InferOutput<S>, v.InferOutput<K>>): Directory;
  readonly hooks?: WebhookReader;
}): Vendor {
  const { settings, secret, open, hooks } = parts;
  return {
    settings,
    secret,
    ...(hooks === undefined ? {} : { hooks }),
    open: ({ id, fetch, clock, secretVersion, ...raw }) =>
      open({
        id,
        fetch,
        clock,
        secretVersion,
        settings: read(settings, raw.settings, "ERR_POLICY_INVALID", `The policy's directory ${id}`),
        secret: read(secret, raw.secret, "ERR_SECRET_INVALID", `The secret of directory ${id}`),
      }),
  };
}

function read<S extends v.GenericSchema>(
  schema: S,
  value: unknown,
  code: "ERR_POLICY_INVALID" | "ERR_SECRET_INVALID",
  what: string,
): v.InferOutput<S> {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  throw new WardenError(code, `${what} ${[...new Set(result.issues.map(complain))].join(", ")}.`);
}

function complain(issue: v.BaseIssue<unknown>): string {
  // The name of a field that nobody knows is data: somebody may have put a secret there.
  if (issue.expected === "never") return "has a field that this vendor does not know";
  const field = v.getDotPath(issue);
  if (field === null) return "is not an object";
  return issue.received === "undefined" ? `lacks ${field}` : `has a wrong ${field}`;
}

/** An address a policy may name: https, or http on loopback; without user, query or fragment. */
export const endpoint = v.pipe(
  v.string(),
  v.regex(
    /^(https:\/\/[^\s@/?#]+|http:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?)(\/[^\s?#]*)?$/,
    "must be an https address, or http on loopback",
  ),
);

/** What every secret may add: more origins that may get the credential, and what webhooks must present. */
export const secretExtras = {
  origins: v.optional(v.array(v.pipe(v.string(), v.regex(/^https:\/\/[^\s@/?#]+\/?$/, "must be an https origin")))),
  hooks: v.optional(v.array(v.unknown())),
};

/** Trailing slashes would double in what is appended. */
export const trimSlash = (address: string): string => address.replace(/\/+$/, "");
