/** What a vendor's folder exports: what its policy entry and its secret look like, and how to open a directory of it. */

import * as v from "valibot";
import { WardenError } from "../errors.ts";
import {
  type AccountTraits,
  type Directory,
  type DirectoryNeeds,
  omitUndefined,
  type WebhookReader,
} from "../model/index.ts";
import { describeSecretMistake } from "./secret-text.ts";

export interface Vendor {
  /** The vendor's own keys of a directory in the policy file; strict. */
  readonly settings: v.GenericSchema;
  readonly secret: v.GenericSchema;
  /** What its directories say of every account, known without opening one. */
  readonly accounts: AccountTraits;
  /** Throws `ERR_POLICY_INVALID` or `ERR_SECRET_INVALID`, naming the directory and the field, never a value. */
  open(needs: DirectoryNeeds): Directory;
  /** How its webhooks are read. Absent: it sends none. */
  readonly hooks?: WebhookReader;
  /** It sends no webhooks, and its directories can be asked for their log: each has `poll`. */
  readonly polls?: true;
}

/** What an open directory gets: its settings and its secret have been read. */
export interface VendorNeeds<Settings, Secret> extends Omit<DirectoryNeeds, "settings" | "secret"> {
  readonly settings: Settings;
  readonly secret: Secret;
}

interface VendorParts<S extends v.GenericSchema, K extends v.GenericSchema> {
  readonly settings: S;
  readonly secret: K;
  readonly accounts: AccountTraits;
  open(needs: VendorNeeds<v.InferOutput<S>, v.InferOutput<K>>): Directory;
  readonly hooks?: WebhookReader;
  readonly polls?: true;
}

/** A vendor whose `open` gets settings and secret only after its schemas have read them. */
export function defineVendor<S extends v.GenericSchema, K extends v.GenericSchema>(parts: VendorParts<S, K>): Vendor {
  const { settings, secret, accounts, open, hooks, polls } = parts;
  return {
    settings,
    secret,
    accounts,
    ...omitUndefined({ hooks, polls }),
    open: (needs: DirectoryNeeds) =>
      open({
        ...needs,
        settings: readPart(settings, needs.settings, "ERR_POLICY_INVALID", `The policy's directory ${needs.id}`),
        secret: readSecret(secret, needs.secret, `The secret of directory ${needs.id}`),
      }),
  };
}

/** Also refuses a value that cannot be meant: the vendor would only say that the credential is wrong. */
function readSecret<S extends v.GenericSchema>(schema: S, value: unknown, owner: string): v.InferOutput<S> {
  const secret = readPart(schema, value, "ERR_SECRET_INVALID", owner);
  const mistake = describeSecretMistake(value);
  if (mistake === undefined) return secret;
  throw new WardenError("ERR_SECRET_INVALID", `${owner} has a wrong value: ${mistake}.`);
}

function readPart<S extends v.GenericSchema>(
  schema: S,
  value: unknown,
  code: "ERR_POLICY_INVALID" | "ERR_SECRET_INVALID",
  owner: string,
): v.InferOutput<S> {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const complaints = new Set(result.issues.map(describeIssue));
  throw new WardenError(code, `${owner} ${[...complaints].join(", ")}.`);
}

function describeIssue(issue: v.BaseIssue<unknown>): string {
  // The name of a field that nobody knows is data: somebody may have put a secret there.
  if (issue.expected === "never") return "has a field that this vendor does not know";
  const field = v.getDotPath(issue);
  if (field === null) return "is not an object";
  return issue.received === "undefined" ? `lacks ${field}` : `has a wrong ${field}`;
}

/** What every secret may add: more origins that may get the credential, and what webhooks must present. */
export const secretExtras = {
  origins: v.optional(v.array(v.pipe(v.string(), v.regex(/^https:\/\/[^\s@/?#]+\/?$/, "must be an https origin")))),
  hooks: v.optional(v.array(v.unknown())),
};

/** Where a credential may go: the vendor's own origins, and those that its secret names. */
export const allowedOrigins = (
  own: readonly string[],
  { origins = [] }: { readonly origins?: readonly string[] | undefined },
): string[] => [...own, ...origins.map(withoutTrailingSlash)];

/** A trailing slash would double in what is appended. */
export const withoutTrailingSlash = (address: string): string => address.replace(/\/+$/, "");
