/** What a vendor's own document says of the calls that are made of it. */

/** JSON Schema as OpenAPI 3.0 has it: with `nullable`. */
export type Schema = Readonly<Record<string, unknown>>;

export interface Operation {
  /** Schemas of the query's parameters. */
  readonly query: Readonly<Record<string, Schema>>;
  readonly body?: Schema;
  /** By status; `null` where the document does not say how the answer looks, or it is an error. */
  readonly answers: Readonly<Record<string, Schema | null>>;
}

export interface Extract {
  readonly sources: readonly object[];
  /** By method and path, like `GET /users/{id}`. */
  readonly operations: Readonly<Record<string, Operation>>;
  readonly schemas: Readonly<Record<string, Schema>>;
}
