/** What faults do to an answer before it is sent: put another in its place, or spoil its document. */

import type { Answer, Document } from "./answers.ts";
import type { AnswerFault, AnyFault } from "./faults.ts";

/** By kind of fault: the answer that it puts in place of the proper one at a route. */
export type Replacements<F extends { kind: string }> = {
  [K in F["kind"]]?: (fault: Extract<F, { kind: K }>, route: string) => Answer;
};

/** By kind of fault: how it spoils a proper document, in place. */
export type Spoilers<F extends { kind: string }, D extends Document = Document> = {
  [K in F["kind"]]?: (document: D, fault: Extract<F, { kind: K }>) => void;
};

/** What a vendor's own service or a proxy before it answers. */
interface VendorAnswers {
  tooManyRequests(): Answer;
  invalidToken(): Answer;
  signInPage: string;
}

/** The replacements that all vendors share, in a vendor's words. */
export function sharedReplacements(vendor: VendorAnswers): Replacements<AnswerFault> {
  return {
    limited: ({ retryAfter }) => limitRequests(vendor.tooManyRequests(), retryAfter),
    redirect: ({ to }) => ({ status: 302, body: "", headers: { location: to } }),
    html: () => ({ status: 200, body: vendor.signInPage, headers: { "content-type": "text/html" } }),
    "expire-token": vendor.invalidToken,
  };
}

function limitRequests(answer: Answer, retryAfter: number | undefined): Answer {
  return retryAfter === undefined ? answer : { ...answer, headers: { "retry-after": String(retryAfter) } };
}

/** The answer that takes the place of the proper one, if a fault wants that. */
export function replaceAnswer<F extends AnyFault>(
  hits: readonly F[],
  replacements: Replacements<F>,
  route: string,
): Answer | undefined {
  for (const fault of hits) {
    const replace = replacements[fault.kind as F["kind"]] as ((fault: F, route: string) => Answer) | undefined;
    if (replace) return replace(fault, route);
  }
  return undefined;
}

/** Spoils the document of a proper answer in place; text stays as it is. */
export function spoilAnswer<F extends AnyFault, D extends Document>(
  hits: readonly F[],
  spoilers: Spoilers<F, D>,
  { body }: Answer,
): void {
  if (typeof body === "string") return;
  for (const fault of hits) {
    const spoil = spoilers[fault.kind as F["kind"]] as ((document: Document, fault: F) => void) | undefined;
    spoil?.(body, fault);
  }
}

/** Gives a field another value; without a value, the field goes. */
export function setField(document: Document, field: string, value: unknown): void {
  if (value === undefined) delete document[field];
  else document[field] = value;
}
