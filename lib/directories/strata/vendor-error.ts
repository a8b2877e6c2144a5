/** What is kept of an error of Strata Cloud Manager: codes, known phrases and names of fields, nothing else. */

import * as v from "valibot";
import { type FailedCall, omitUndefined } from "../../model/index.ts";
import { KINDS } from "./kinds.ts";

/** What errors are known to say; nothing else of a message is kept, since it may hold somebody's data. */
const PHRASES = [
  ...["Input Format Mismatch", "Output Format Mismatch", "Missing Query Parameter", "Invalid Query Parameter"],
  ...["Missing Body", "Invalid Object", "Invalid Command", "Malformed Command", "Bad XPath"],
  ...["Not Authenticated", "Invalid Credential", "Key Too Long", "Key Expired", "Password Needs To Be Changed"],
  ...["Unauthorized", "Object Not Present", "Object Not Unique", "Name Not Unique", "Object Already Exists"],
  ...["Reference Not Zero", "Version Not Supported", "Method Not Supported", "Action Not Supported", "Session Timeout"],
];
const FIELDS = ["mfa_cert_profile", "mfa_vendor_type", "ping_org", "folder", "snippet", "device", "position"].concat(
  Object.values(KINDS).flatMap(({ fields, secrets }) => [...Object.keys(fields.entries), ...Object.keys(secrets)]),
);

const loose = v.fallback(
  v.pipe(
    v.union([v.string(), v.number()]),
    v.transform((value) => String(value)),
  ),
  "",
);
const NO_ENTRY = { code: "", message: "", details: undefined, help: "" };
const entry = v.fallback(
  v.object({ code: loose, message: loose, details: v.optional(v.unknown()), help: loose }),
  NO_ENTRY,
);
const problem = v.object({ _errors: v.fallback(v.array(entry), []), _request_id: loose });

/** Every entry of an error: codes, known phrases, names of our own fields, and where the vendor offers help. */
export function describeVendorError(body: unknown): FailedCall {
  const { success, output } = v.safeParse(problem, body);
  if (!success) return {};
  const errors = output._errors.map(readEntry);
  const said = omitUndefined({
    errorType: errors.find(({ errorType }) => errorType)?.errorType,
    help: errors.find(({ help }) => help)?.help,
  });
  return {
    vendorCode: unique(errors.map(({ code }) => code).filter(Boolean)).join(" "),
    requestId: output._request_id,
    targets: unique(errors.flatMap(targetsOf)),
    said,
  };
}

interface ErrorEntry {
  readonly code: string;
  readonly text: string;
  readonly errorType: string | undefined;
  readonly help: string | undefined;
}

function readEntry({ code, message, details, help }: v.InferOutput<typeof entry>): ErrorEntry {
  return {
    code: CODE.test(code) ? code : "",
    text: JSON.stringify([message, details]),
    errorType: errorTypeOf(details),
    help: HELP.test(help) ? help : undefined,
  };
}

const targetsOf = ({ code, text }: ErrorEntry): string[] => [
  ...PHRASES.filter((phrase) => includesPhrase(text, phrase)).map((phrase) => `${code} ${phrase}`.trim()),
  ...FIELDS.filter((field) => new RegExp(`\\b${field}\\b`).test(text)),
];

const includesPhrase = (text: string, phrase: string) => text.toLowerCase().includes(phrase.toLowerCase());
const unique = (values: readonly string[]) => [...new Set(values)];

/** Only what can be one: letters before digits, words, an address. */
const CODE = /^[A-Z_]{0,8}\d{1,6}$/;
const errorTyped = v.object({ errorType: v.pipe(v.string(), v.regex(/^[A-Za-z ]{1,40}$/)) });
const HELP = /^https:\/\/[\w./#-]{1,90}$/;

/** `details` is an object by the document, and a list or a string in life. */
function errorTypeOf(details: unknown): string | undefined {
  const read = v.safeParse(errorTyped, Array.isArray(details) ? details[0] : details);
  return read.success ? read.output.errorType : undefined;
}

/** Whether the vendor's error says this, by the phrase that `describeVendorError` kept. */
export const hasPhrase = ({ targets = [] }: FailedCall, phrase: string): boolean =>
  targets.some((target) => target.endsWith(phrase));
export const hasVendorCode = ({ vendorCode = "" }: FailedCall, code: string): boolean =>
  vendorCode.split(" ").includes(code);
