/** An answer of a simulator before it is sent, whoever's API it is of. */

export interface Link {
  href: string;
}

/** A document of the API; every answer is one. */
export interface Hal {
  _links?: Record<string, Link>;
  _embedded?: Record<string, Record<string, unknown>[]>;
  count?: number;
  size?: number;
  [field: string]: unknown;
}

export interface Answer {
  status: number;
  body: Hal | string;
  headers?: Record<string, string>;
}

/** An error as the token endpoint words it, after RFC 6749 section 5.2. */
export function answerOauthProblem(status: number, error: string, description: string): Answer {
  return { status, body: { error, error_description: description } };
}
