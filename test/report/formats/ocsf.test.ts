/** OCSF lines against the published schema: required attributes, types, enums, and nothing deprecated or unknown. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as v from "valibot";
import { formats } from "../../../lib/report/formats/index.ts";
import { reportRow } from "../builders.ts";
import schemaFile from "./ocsf-1.8.0.json" with { type: "json" };
import { everyKind, findFormat, head, hostileRows, incompleteHead, linesOf, write } from "./sample.ts";

const ocsf = findFormat(formats, "ocsf");

const classSchema = v.object({
  constraints: v.optional(v.object({ at_least_one: v.optional(v.array(v.string())) })),
  attributes: v.record(
    v.string(),
    v.object({
      type: v.string(),
      array: v.optional(v.boolean()),
      required: v.optional(v.boolean()),
      deprecated: v.optional(v.boolean()),
      enum: v.optional(v.record(v.string(), v.string())),
    }),
  ),
});
type Class = v.InferOutput<typeof classSchema>;
const published = v.parse(classSchema, schemaFile.compliance_finding);
const objects = v.parse(v.record(v.string(), classSchema), schemaFile.objects);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Everything in which an object breaks its class, as `path: why`. */
function faults(of: Class, value: unknown, path: string): string[] {
  if (!isObject(value)) return [`${path}: no object`];
  const some = of.constraints?.at_least_one;
  return [
    ...(some && !some.some((name) => name in value) ? [`${path}: none of ${some}`] : []),
    ...Object.entries(of.attributes).flatMap(([name, { required }]) =>
      required && value[name] === undefined ? [`${path}.${name}: missing`] : [],
    ),
    ...Object.entries(value).flatMap(([name, inner]) => attributeFaults(of, name, inner, value, `${path}.${name}`)),
  ];
}

/** Where the caption of a number stands, when it is not the name without `_id`. */
const SIBLINGS: Readonly<Record<string, string>> = {
  activity_id: "activity_name",
  category_uid: "category_name",
  class_uid: "class_name",
  type_uid: "type_name",
};

function attributeFaults(
  of: Class,
  name: string,
  value: unknown,
  owner: Record<string, unknown>,
  path: string,
): string[] {
  const attribute = of.attributes[name];
  if (!attribute) return [`${path}: not in the schema`];
  if (attribute.deprecated) return [`${path}: deprecated`];
  const values = attribute.array ? value : [value];
  if (!Array.isArray(values) || values.length === 0) return [`${path}: no list`];
  const sibling = SIBLINGS[name] ?? name.replace(/_id$/, "");
  const caption = attribute.enum?.[String(value)];
  return [
    ...(attribute.enum && caption === undefined ? [`${path}: ${value} is not in the enum`] : []),
    ...(attribute.enum && caption !== "Other" && sibling in owner && owner[sibling] !== caption
      ? [`${path}: is ${caption}, and ${sibling} says ${owner[sibling]}`]
      : []),
    ...values.flatMap((one) => typeFaults(attribute.type, one, path)),
  ];
}

function typeFaults(type: string, value: unknown, path: string): string[] {
  const of = objects[type];
  if (of) return faults(of, value, path);
  const right =
    type === "json" ||
    (type === "timestamp" && Number.isInteger(value) && Number(value) > 1e12) ||
    (type === "integer" ? Number.isInteger(value) : typeof value === type);
  return right ? [] : [`${path}: ${JSON.stringify(value)} is no ${type}`];
}

const readAll = (text: string): Record<string, unknown>[] =>
  linesOf(text).map((line) => {
    const value: unknown = JSON.parse(line);
    assert.ok(isObject(value));
    return value;
  });

const get = (value: unknown, ...path: (string | number)[]): unknown =>
  path.reduce<unknown>((inner, key) => {
    if (Array.isArray(inner)) return inner[Number(key)];
    return isObject(inner) ? inner[key] : undefined;
  }, value);

const one = (change: Parameters<typeof reportRow>[0]) => readAll(write(ocsf, head, [reportRow(change)]))[0];

describe("ocsf", () => {
  test("the copy of the schema is of 1.8.0 and knows what is required and deprecated", () => {
    assert.equal(schemaFile.version, "1.8.0");
    const required = Object.entries(published.attributes).filter(([, { required }]) => required);
    assert.deepEqual(required.map(([name]) => name).toSorted(), [
      "activity_id",
      "category_uid",
      "class_uid",
      "compliance",
      "finding_info",
      "metadata",
      "severity_id",
      "time",
      "type_uid",
    ]);
    assert.ok(published.attributes.resource?.deprecated && objects.compliance?.attributes.status_detail?.deprecated);
  });

  test("a finding that breaks the schema is seen by this test", () => {
    const finding = {
      ...one({}),
      resource: {},
      severity_id: 7,
      time: 1_759_298_700,
      activity_id: 1,
      activity_name: "Close",
    };
    const broken = faults(published, finding, "").map((fault) => fault.split(":")[0]);
    assert.deepEqual([...new Set(broken)].toSorted(), [".activity_id", ".resource", ".severity_id", ".time"]);
    assert.equal(faults(published, { ...one({}), metadata: { version: "1.8.0" } }, "").length, 1);
    assert.equal(faults(published, { ...one({}), evidences: [{ name: "x" }] }, "").length, 1);
  });

  test("every finding is valid: any verdict, any requirement, old or new, hostile or not, of an incomplete run too", () => {
    for (const run of [head, incompleteHead])
      for (const finding of readAll(write(ocsf, run, [...everyKind(), ...hostileRows()]))) {
        assert.deepEqual(faults(published, finding, ""), []);
        assert.equal(finding.class_uid, 2003);
        assert.equal(finding.type_uid, 200300 + Number(finding.activity_id));
      }
  });

  test("nothing but compliant passes, and what could not be assessed neither passes nor fails", () => {
    const results = (["compliant", "pending", "violating", "grace", "exempt", "unknown"] as const).map((verdict) =>
      get(one({ verdict, read: verdict }), "compliance", "status_id"),
    );
    assert.deepEqual(results, [1, 3, 3, 3, 3, 2]);
  });

  test("an exempt account is suppressed, not resolved", () => {
    assert.equal(get(one({ verdict: "exempt", read: "exempt" }), "status_id"), 3);
  });

  test("a passed check of ours is not called a passed control", () => {
    const checks = get(one({ verdict: "compliant", read: "compliant" }), "compliance", "checks");
    assert.ok(Array.isArray(checks) && checks.length > 5);
    assert.deepEqual(
      checks.filter((check) => get(check, "status_id") === 1),
      [],
    );
  });

  test("tells of a second factor only when it is known", () => {
    const mfa = (facts: object) => get(one({ facts }), "evidences", 0, "user", "has_mfa");
    assert.equal(mfa({ enabled: true, devices: ["totp"] }), true);
    assert.equal(mfa({ enabled: true, devices: ["totp(unusable)"] }), false);
    assert.equal(mfa({ enabled: false, devices: ["totp"] }), false);
    assert.equal(mfa({ enabled: true, devices: null }), undefined);
    assert.equal(mfa({ enabled: true }), undefined);
    assert.equal(mfa({ enabled: null, devices: ["totp"] }), undefined);
  });

  test("says of whom a change is planned, and only of them", () => {
    const details = (change: Parameters<typeof one>[0]) => get(one(change), "compliance", "status_details");
    assert.match(String(details({ planned: true })), /would be changed/);
    assert.equal(details({}), undefined);
    assert.deepEqual(faults(published, one({ planned: true }), ""), []);
  });

  test("an account keeps its finding's id from run to run, and what was found is closed", () => {
    const before = one({});
    const enforced = everyKind().filter(({ outcome }) => outcome === "enforced");
    const [after] = readAll(
      write(
        ocsf,
        { ...head, run: "01JNEXT" },
        enforced.map((r) => ({ ...r, id: reportRow().id })),
      ),
    );
    assert.equal(get(after, "finding_info", "uid"), get(before, "finding_info", "uid"));
    assert.deepEqual([get(after, "activity_id"), get(after, "status_id")], [3, 4]);
  });

  test("who is out of scope is closed once and then not mentioned", () => {
    const scope = { verdict: "out-of-scope", read: "out-of-scope" } as const;
    assert.equal(one(scope), undefined);
    assert.equal(get(one({ ...scope, since: head.startedAt }), "activity_id"), 3);
  });

  test("an incomplete run begins with a finding that says so, and labels every line", () => {
    const [first, second] = readAll(
      write(ocsf, incompleteHead, [reportRow({ verdict: "compliant", read: "compliant" })]),
    );
    assert.match(String(first?.message), /^INCOMPLETE.*at 9 of 12/);
    assert.equal(get(first, "compliance", "status_id"), 2);
    assert.deepEqual(get(second, "metadata", "labels"), ["incomplete-run"]);
  });
});
