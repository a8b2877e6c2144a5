/** An answer of a simulator before it is sent, whoever's API it is of. */

/** A JSON object of an API. */
export type Document = Record<string, unknown>;

export interface Answer {
  status: number;
  /** Text is sent as it is. */
  body: Document | string;
  headers?: Record<string, string>;
  /** The vendor sends no Date header. */
  isUndated?: true;
}

/** An answer with a document. */
export function answerOk(body: Document, status = 200): Answer {
  return { status, body };
}

/** An error as a token endpoint words it, after RFC 6749 section 5.2. */
export function answerOauthProblem(status: number, error: string, description: string): Answer {
  return { status, body: { error, error_description: description } };
}

/** The fields of a JSON body; none where it is not an object. */
export function fieldsOf(body: unknown): Document {
  return typeof body === "object" && body !== null && !Array.isArray(body) ? { ...body } : {};
}

/** Undefined for what is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
