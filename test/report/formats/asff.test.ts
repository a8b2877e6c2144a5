/** ASFF batches against what Security Hub accepts. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as v from "valibot";
import { WardenError } from "../../../lib/errors.ts";
import { formats, formatsWith } from "../../../lib/report/formats/index.ts";
import { reportRow } from "../builders.ts";
import { everyKind, findFormat, head, hostileRows, incompleteHead, linesOf, write } from "./sample.ts";

const aws = { account: "210987654321", region: "eu-central-1" };
const asff = findFormat(formatsWith({ aws }), "asff");

const bytes = (least: number, most: number) =>
  v.pipe(
    v.string(),
    v.check((text) => text.trim() === text && text.isWellFormed() && !/\p{Cc}/u.test(text), "not plain text"),
    v.check((text) => Buffer.byteLength(text) >= least && Buffer.byteLength(text) <= most, `not ${least} to ${most}`),
  );
const time = v.pipe(v.string(), v.regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/));
const fields = (key: number, value: number) =>
  v.pipe(
    v.record(bytes(1, key), bytes(1, value)),
    v.check((map) => Object.keys(map).length <= 50),
  );

/** Lengths and values as in the API reference of `AwsSecurityFinding`; nothing that a provider must not update. */
const findingSchema = v.strictObject({
  SchemaVersion: v.literal("2018-10-08"),
  Id: bytes(1, 512),
  ProductArn: v.literal("arn:aws:securityhub:eu-central-1:210987654321:product/210987654321/default"),
  GeneratorId: bytes(1, 512),
  AwsAccountId: v.literal("210987654321"),
  Title: bytes(1, 256),
  Description: bytes(1, 1024),
  CreatedAt: time,
  UpdatedAt: time,
  FirstObservedAt: v.optional(time),
  LastObservedAt: v.optional(time),
  RecordState: v.picklist(["ACTIVE", "ARCHIVED"]),
  FindingProviderFields: v.strictObject({
    Severity: v.strictObject({
      Label: v.picklist(["INFORMATIONAL", "LOW", "MEDIUM", "HIGH", "CRITICAL"]),
      Original: bytes(1, 64),
    }),
    Types: v.pipe(
      v.array(v.pipe(v.string(), v.regex(/^Software and Configuration Checks(\/[^/]+){0,2}$/))),
      v.maxLength(50),
    ),
  }),
  Compliance: v.strictObject({
    Status: v.picklist(["PASSED", "FAILED", "WARNING", "NOT_AVAILABLE"]),
    RelatedRequirements: v.optional(v.pipe(v.array(bytes(1, 256)), v.minLength(1), v.maxLength(32))),
    StatusReasons: v.array(v.strictObject({ ReasonCode: bytes(1, 100), Description: bytes(1, 1024) })),
  }),
  Remediation: v.optional(v.strictObject({ Recommendation: v.strictObject({ Text: bytes(1, 512) }) })),
  Resources: v.pipe(
    v.array(
      v.strictObject({
        Type: bytes(1, 256),
        Id: bytes(1, 512),
        Partition: v.optional(v.picklist(["aws", "aws-cn", "aws-us-gov"])),
        Region: v.optional(bytes(1, 16)),
        Details: v.optional(v.strictObject({ Other: fields(128, 1024) })),
      }),
    ),
    v.minLength(1),
    v.maxLength(32),
  ),
  ProductFields: fields(128, 2048),
});
const batchSchema = v.pipe(v.array(findingSchema), v.minLength(1), v.maxLength(100));

const batches = (text: string) => linesOf(text).map((line) => v.parse(batchSchema, JSON.parse(line)));
const findings = (...changes: Parameters<typeof reportRow>[0][]) =>
  batches(write(asff, head, changes.map(reportRow))).flat();

describe("asff", () => {
  test("every finding is one that Security Hub takes: any verdict, any requirement, hostile or not, of an incomplete run too", () => {
    for (const run of [head, incompleteHead]) {
      const all = batches(write(asff, run, [...everyKind(), ...hostileRows()])).flat();
      assert.ok(all.length > hostileRows().length);
      for (const finding of all) assert.ok(Buffer.byteLength(JSON.stringify(finding)) < 240_000);
    }
  });

  test("a finding that is too long is seen by this test", () => {
    const [finding] = findings({});
    assert.ok(!v.safeParse(findingSchema, { ...finding, Title: "ü".repeat(129) }).success);
    assert.ok(!v.safeParse(findingSchema, { ...finding, Workflow: { Status: "NEW" } }).success);
  });

  test("a line is a call: at most 100 findings, and none is lost", () => {
    const rows = Array.from({ length: 250 }, (_, i) => reportRow({ id: `id-${i}` }));
    const made = batches(write(asff, head, rows));
    assert.deepEqual(
      made.map((batch) => batch.length),
      [100, 100, 50],
    );
    assert.equal(new Set(made.flat().map(({ Id }) => Id)).size, 250);
  });

  test("long and odd ids stay different", () => {
    const ids = ["x".repeat(900), `${"x".repeat(900)}y`, "a\0", "a\x01", "a", " a"];
    assert.equal(new Set(findings(...ids.map((id) => ({ id }))).map(({ Id }) => Id)).size, ids.length);
  });

  test("nothing but compliant passes, and an exemption does not", () => {
    const statuses = (["violating", "grace", "pending", "exempt", "unknown"] as const).map(
      (verdict) => findings({ verdict, read: verdict })[0]?.Compliance.Status,
    );
    assert.deepEqual(statuses, ["FAILED", "FAILED", "FAILED", "FAILED", "WARNING"]);
  });

  test("says of whom a change is planned, and only of them", () => {
    const [planned, other] = findings({ planned: true }, {});
    assert.equal(planned?.Resources[0]?.Details?.Other.wouldBe, "changed");
    assert.equal(other?.Resources[0]?.Details?.Other.wouldBe, undefined);
  });

  test("who was in order before is not mentioned, and who came in order closes the earlier finding", () => {
    const scope = { verdict: "out-of-scope", read: "out-of-scope" } as const;
    assert.deepEqual(findings({ verdict: "compliant", read: "compliant" }, scope), []);
    const [fixed, left] = findings({ verdict: "compliant" }, { ...scope, since: head.startedAt });
    const [open] = findings({});
    assert.deepEqual([fixed?.Id, fixed?.RecordState, fixed?.Compliance.Status], [open?.Id, "ARCHIVED", "PASSED"]);
    assert.deepEqual([left?.RecordState, left?.Compliance.Status], ["ARCHIVED", "NOT_AVAILABLE"]);
  });

  test("an incomplete run begins with a finding that says so", () => {
    const [first] = batches(write(asff, incompleteHead, [reportRow()]));
    assert.match(first?.[0]?.Title ?? "", /^INCOMPLETE/);
    assert.equal(first?.[0]?.Compliance.Status, "WARNING");
  });

  test("is there only for a real account and region", () => {
    assert.deepEqual(
      formats.filter(({ name }) => name === "asff"),
      [],
    );
    const wrong = [{ account: "123456789012" }, { account: "12345" }, { region: "us-east" }, { partition: "gcp" }];
    for (const change of wrong)
      assert.throws(
        () => formatsWith({ aws: { ...aws, ...change } }),
        (error) => error instanceof WardenError && error.code === "ERR_INPUT_INVALID",
      );
  });
});
