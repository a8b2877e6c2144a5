/**
 * Cuts out of Microsoft Graph's own metadata (OData CSDL) the types of what the product asks of it.
 *
 *     node test/documents/extract-graph.ts FOLDER > test/documents/entra.json
 *
 * FOLDER holds the checked-out repository `microsoftgraph/msgraph-metadata`. Properties that lead to other things are left out.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Extract, Operation, Schema } from "./extracts.ts";

const SOURCE = {
  repository: "microsoftgraph/msgraph-metadata",
  commit: "f54f11b60956ea7b185ca0447b2b80805836ec7b",
  file: "schemas/v1.0-Prod.csdl",
};

/** Each with the type of what it answers, a list unless it says `one`. */
const OPERATIONS: Readonly<Record<string, string>> = {
  "GET /v1.0/users": "user",
  "GET /v1.0/users/{id}": "one user",
  "GET /v1.0/users/{id}/transitiveMemberOf/microsoft.graph.group": "group",
  "GET /v1.0/organization": "organization",
  "GET /v1.0/groups": "group",
  "GET /v1.0/groups/{id}": "one group",
  "GET /v1.0/directory/deletedItems/microsoft.graph.user": "user",
  "GET /v1.0/directoryRoles({key})/members": "user",
  "GET /v1.0/directoryRoles/{id}/members": "user",
  "GET /v1.0/reports/authenticationMethods/userRegistrationDetails": "userRegistrationDetails",
  "GET /v1.0/reports/authenticationMethods/userRegistrationDetails/{id}": "one userRegistrationDetails",
  "GET /v1.0/identity/conditionalAccess/policies": "conditionalAccessPolicy",
  "GET /v1.0/policies/identitySecurityDefaultsEnforcementPolicy": "one identitySecurityDefaultsEnforcementPolicy",
  "GET /v1.0/auditLogs/directoryAudits": "directoryAudit",
  "GET /v1.0/subscriptions": "subscription",
  "POST /v1.0/subscriptions": "one subscription",
  "PATCH /v1.0/subscriptions/{id}": "one subscription",
  "DELETE /v1.0/subscriptions/{id}": "nothing",
};

/** The report names methods in text alone; other parts of Graph name the same ones so. */
const ENUMS = ["authenticationMethodModes"];

/** https://docs.oasis-open.org/odata/odata-csdl-xml/v4.01 */
const PRIMITIVES: Readonly<Record<string, Schema>> = {
  "Edm.String": { type: ["string", "null"] },
  "Edm.Boolean": { type: ["boolean", "null"] },
  "Edm.Int32": { type: ["integer", "null"] },
  "Edm.Int64": { type: ["integer", "null"] },
  "Edm.DateTimeOffset": { type: ["string", "null"], format: "date-time" },
  "Edm.Guid": { type: ["string", "null"], format: "uuid" },
};

const [folder = ""] = process.argv.slice(2);
const csdl = readFileSync(join(folder, SOURCE.repository, SOURCE.file), "utf8");
const schemas: Record<string, Schema> = {};

const elementOf = (kind: string, name: string): string | undefined =>
  new RegExp(`<${kind} Name="${name}"[^>]*?(?:/>|>[\\s\\S]*?</${kind}>)`).exec(csdl)?.[0];

function typeOf(written: string): Schema {
  const inner = /^Collection\((.*)\)$/.exec(written)?.[1];
  if (inner !== undefined) return { type: ["array", "null"], items: typeOf(inner) };
  return PRIMITIVES[written] ?? (written.startsWith("graph.") ? refer(written.slice("graph.".length)) : {});
}

function refer(name: string): Schema {
  if (!(name in schemas)) {
    // Before it is read: it may refer to itself.
    schemas[name] = {};
    schemas[name] = readType(name);
  }
  return { $ref: `#/schemas/${name}` };
}

function readType(name: string): Schema {
  const values = elementOf("EnumType", name);
  if (values !== undefined) return { enum: [...matches(values, /<Member Name="(\w+)"/g), null] };
  const element = elementOf("EntityType", name) ?? elementOf("ComplexType", name);
  if (element === undefined) throw new Error(`the metadata has no ${name}`);
  return {
    type: ["object", "null"],
    properties: propertiesOf(element),
    patternProperties: { "@|^@": {} },
    additionalProperties: false,
  };
}

function propertiesOf(element: string): Record<string, Schema> {
  const base = /BaseType="graph\.(\w+)"/.exec(element.slice(0, element.indexOf(">")))?.[1];
  const inherited = base && elementOf("EntityType", base);
  const own = [...element.matchAll(/<Property Name="(\w+)" Type="([^"]+)"/g)].map(([, name = "", type = ""]) => [
    name,
    isShallow(type) ? typeOf(type) : {},
  ]);
  return { ...(inherited ? propertiesOf(inherited) : {}), ...Object.fromEntries(own) };
}

/** What is of no interest here leads to half of Graph: only plain values and enums are followed. */
const isShallow = (type: string): boolean => {
  const name = type.replace(/^Collection\((.*)\)$/, "$1");
  return name in PRIMITIVES || elementOf("EnumType", name.replace("graph.", "")) !== undefined;
};

const matches = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, name = ""]) => name);

function operationOf(answer: string): Operation {
  const [name = "", isOne] = answer.startsWith("one ") ? [answer.slice("one ".length), true] : [answer, false];
  if (name === "nothing") return { query: {}, answers: { 204: null, default: null } };
  const one = refer(name);
  const fields = Object.keys((schemas[name] as { properties: object }).properties).join("|");
  const list = { type: "object", required: ["value"], properties: { value: { type: "array", items: one } } };
  return {
    query: {
      $select: { type: "string", pattern: `^(${fields})(,(${fields}))*$` },
      ...Object.fromEntries(["$filter", "$orderby", "$skiptoken", "$expand"].map((key) => [key, { type: "string" }])),
      $top: { type: "integer", minimum: 1, maximum: 999 },
      $count: { type: "boolean" },
    },
    answers: { 200: isOne ? one : list, 201: one, default: null },
  };
}

for (const name of ENUMS) refer(name);
const operations = Object.fromEntries(Object.entries(OPERATIONS).map(([name, answer]) => [name, operationOf(answer)]));
process.stdout.write(`${JSON.stringify({ sources: [SOURCE], operations, schemas } satisfies Extract, undefined, 1)}\n`);
