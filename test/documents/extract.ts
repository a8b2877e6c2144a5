/**
 * Cuts out of a vendor's own OpenAPI documents what the product asks of that vendor: paths, parameters, bodies, answers and enums.
 *
 *     node test/documents/extract.ts okta FOLDER > test/documents/okta.json
 *
 * FOLDER holds the checked-out repositories that `SOURCES` names, each as `owner/name`.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import type { Extract, Operation, Schema } from "./extracts.ts";

interface Source {
  readonly repository: string;
  readonly commit: string;
  readonly file: string;
  readonly operations: readonly string[];
  /** Enums of things that an answer says without a schema of its own. */
  readonly enums?: readonly string[];
  /** Of the kinds of things that an answer may embed, those that are asked for. */
  readonly embedded?: readonly string[];
}

const PINGONE = {
  repository: "patrickcping/pingone-go-sdk-v2",
  commit: "4a884deb5b2812afdea4475d71e55913b36cf2a5",
};
const STRATA = { repository: "PaloAltoNetworks/pan.dev", commit: "481855cc20059b737ac0f443676b5a94b37f47fd" };

const SOURCES: Readonly<Record<string, readonly Source[]>> = {
  pingone: [
    {
      ...PINGONE,
      file: "management/generate/pingone-management.yml",
      embedded: ["users", "populations", "subscriptions", "roleAssignments"],
      operations: [
        "GET /environments/{environmentID}",
        "GET /environments/{environmentID}/users",
        "GET /environments/{environmentID}/users/{userID}",
        "GET /environments/{environmentID}/populations",
        "GET /environments/{environmentID}/populations/{populationID}",
        "GET /environments/{environmentID}/groups/{groupID}",
        "GET /environments/{environmentID}/applications/{applicationID}/roleAssignments",
        "GET /roles/{roleID}",
        "GET /environments/{environmentID}/subscriptions",
        "POST /environments/{environmentID}/subscriptions",
        "PUT /environments/{environmentID}/subscriptions/{subscriptionID}",
      ],
    },
    {
      ...PINGONE,
      file: "mfa/generate/pingone-mfa.yml",
      embedded: ["devices"],
      operations: [
        "GET /environments/{environmentID}/users/{userID}/mfaEnabled",
        "PUT /environments/{environmentID}/users/{userID}/mfaEnabled",
        "GET /environments/{environmentID}/users/{userID}/devices",
      ],
    },
  ],
  strata: [
    {
      ...STRATA,
      file: "openapi-specs/scm/config/sase/identity/identity-services.yaml",
      operations: [
        "GET /mfa-servers",
        "POST /mfa-servers",
        "GET /mfa-servers/{id}",
        "PUT /mfa-servers/{id}",
        "GET /authentication-profiles",
      ],
    },
    {
      ...STRATA,
      file: "openapi-specs/scm/config/sase/operations/config-operations-march.yaml",
      operations: ["POST /config-versions/candidate:push", "GET /jobs", "GET /jobs/{id}"],
    },
  ],
  okta: [
    {
      repository: "okta/okta-management-openapi-spec",
      commit: "fdda229e82940cf5af4611ad673ca6a27974e31b",
      file: "dist/2026.06.3/management-minimal.yaml",
      operations: [
        "GET /api/v1/users",
        "GET /api/v1/users/{id}",
        "GET /api/v1/users/{userId}/factors",
        "GET /api/v1/users/{id}/groups",
        "GET /api/v1/groups",
        "GET /api/v1/groups/{groupId}",
        "GET /api/v1/groups/{groupId}/users",
        "PUT /api/v1/groups/{groupId}/users/{userId}",
        "DELETE /api/v1/groups/{groupId}/users/{userId}",
        "GET /api/v1/policies",
        "GET /api/v1/policies/{policyId}/rules",
        "GET /api/v1/logs",
        "GET /api/v1/eventHooks",
        "POST /api/v1/eventHooks",
        "PUT /api/v1/eventHooks/{eventHookId}",
        "POST /api/v1/eventHooks/{eventHookId}/lifecycle/verify",
        "POST /api/v1/eventHooks/{eventHookId}/lifecycle/activate",
      ],
      // A policy and a rule look as their type says; what is read of them are these.
      enums: [
        "AuthenticatorEnrollmentPolicyAuthenticatorStatus",
        "AuthenticatorEnrollmentPolicyAuthenticatorType",
        "PolicyRuleActionsEnrollSelf",
        "PolicyNetworkConnection",
        "PolicyAccess",
        "AssuranceMethodFactorMode",
      ],
    },
  ],
};

type Node = Readonly<Record<string, unknown>>;
const isNode = (value: unknown): value is Node => typeof value === "object" && value !== null && !Array.isArray(value);

/** What says how data looks; all that is for readers is left out. */
const KEPT = new Set(
  "type format enum properties required items additionalProperties oneOf anyOf allOf nullable readOnly writeOnly minimum maximum minLength maxLength pattern minItems maxItems".split(
    " ",
  ),
);

const NAMES = /^#\/components\/(schemas|parameters|responses|requestBodies)\//;

/** A document, and the schemas that were met on the way. */
class Reader {
  readonly schemas: Record<string, Schema> = {};
  readonly #document: Node;
  readonly #embedded: readonly string[];

  constructor(document: Node, embedded: readonly string[]) {
    this.#document = document;
    this.#embedded = embedded;
  }

  enum(name: string): void {
    this.#refer(`#/components/schemas/${name}`);
  }

  operation(name: string): Operation {
    const [method = "", path = ""] = name.split(" ");
    const item = this.#at(["paths", path]);
    const operation = item[method.toLowerCase()];
    if (!isNode(operation)) throw new Error(`the document has no ${name}`);
    const parameters = [item.parameters, operation.parameters].flatMap((list) => (Array.isArray(list) ? list : []));
    const query = parameters.map((one) => this.#resolve(one)).filter((one) => one.in === "query");
    const body = operation.requestBody ? this.#content(this.#resolve(operation.requestBody)) : undefined;
    return {
      query: Object.fromEntries(query.map((one) => [String(one.name), this.#schema(one.schema)])),
      ...(body ? { body } : {}),
      answers: this.#answers(operation.responses),
    };
  }

  #answers(responses: unknown): Operation["answers"] {
    const all = isNode(responses) ? Object.entries(responses) : [];
    return Object.fromEntries(
      all.map(([status, response]) => [
        status,
        (status.startsWith("2") && this.#content(this.#resolve(response))) || null,
      ]),
    );
  }

  #content({ content }: Node): Schema | undefined {
    const media = isNode(content) ? Object.values(content)[0] : undefined;
    return isNode(media) && media.schema !== undefined ? this.#schema(media.schema) : undefined;
  }

  #schema(node: unknown): Schema {
    if (!isNode(node)) return {};
    if (typeof node.$ref === "string") return this.#refer(node.$ref);
    const kept = Object.entries(node).filter(([key]) => KEPT.has(key));
    return Object.fromEntries(kept.map(([key, value]) => [key, this.#part(key, value)]));
  }

  #part(key: string, value: unknown): unknown {
    if (key === "properties" && isNode(value))
      return Object.fromEntries(
        Object.entries(value).map(([name, schema]) => [
          name,
          this.#schema(name === "_embedded" ? this.#trim(schema) : schema),
        ]),
      );
    if (key === "items" || key === "additionalProperties") return isNode(value) ? this.#schema(value) : value;
    if (/^(one|any|all)Of$/.test(key) && Array.isArray(value)) return value.map((one) => this.#schema(one));
    return value;
  }

  /** One list for every kind of thing that there is: only the kinds that are asked for are of interest. */
  #trim(schema: unknown): unknown {
    if (!isNode(schema) || !isNode(schema.properties)) return schema;
    const kept = Object.entries(schema.properties).filter(([name]) => this.#embedded.includes(name));
    return { ...schema, properties: Object.fromEntries(kept) };
  }

  #refer(ref: string): Schema {
    const name = ref.replace(NAMES, "");
    if (!(name in this.schemas)) {
      // Before it is read: it may refer to itself.
      this.schemas[name] = {};
      this.schemas[name] = this.#schema(this.#resolve({ $ref: ref }));
    }
    return { $ref: `#/schemas/${name}` };
  }

  #resolve(node: unknown): Node {
    if (!isNode(node)) return {};
    return typeof node.$ref === "string" ? this.#at(node.$ref.replace("#/", "").split("/")) : node;
  }

  #at(path: readonly string[]): Node {
    let node: unknown = this.#document;
    for (const key of path) node = isNode(node) ? node[key] : undefined;
    if (!isNode(node)) throw new Error(`the document has no ${path.join("/")}`);
    return node;
  }
}

const [vendor = "", folder = ""] = process.argv.slice(2);
const extract: { sources: object[]; operations: Record<string, Operation>; schemas: Record<string, Schema> } = {
  sources: [],
  operations: {},
  schemas: {},
};
for (const { operations, enums = [], embedded = [], ...source } of SOURCES[vendor] ?? []) {
  const reader = new Reader(
    parse(readFileSync(join(folder, source.repository, source.file), "utf8"), { maxAliasCount: -1 }),
    embedded,
  );
  extract.sources.push(source);
  for (const name of operations) extract.operations[name] = reader.operation(name);
  for (const name of enums) reader.enum(name);
  Object.assign(extract.schemas, reader.schemas);
}
process.stdout.write(`${JSON.stringify(extract satisfies Extract, undefined, 1)}\n`);
