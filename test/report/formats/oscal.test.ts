/** OSCAL documents against NIST's schema, with every reference resolved and no control satisfied that is not. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Ajv } from "ajv";
import formatsPlugin from "ajv-formats";
import * as v from "valibot";
import type { Exemption } from "../../../lib/policy/schema.ts";
import { formatsWith } from "../../../lib/report/formats/index.ts";
import { reportRow } from "../builders.ts";
import schema from "./oscal-1.2.2.json" with { type: "json" };
import { everyKind, findFormat, head, hostileRows, incompleteHead, write } from "./sample.ts";

const exemption: Exemption = {
  id: "workforce/x@2026-09-01",
  directory: "workforce",
  account: "x",
  reason: "Hardware *key* on order",
  ticket: "SEC-1",
  approvedBy: "ciso@example.com",
  control: "Office network only",
  from: Date.parse("2026-09-01T00:00:00Z"),
  until: Date.parse("2026-12-16T00:00:00Z"),
  covers: [],
};
const oscal = findFormat(formatsWith({ exemptions: [exemption] }), "oscal");

const ajv = new Ajv({ allErrors: true, strict: false });
formatsPlugin.default(ajv);
const validate = ajv.compile(schema);

const text = v.string();
const refs = v.optional(v.array(v.record(text, text)), []);
const documentSchema = v.object({
  "assessment-results": v.object({
    uuid: text,
    metadata: v.object({ title: text }),
    "import-ap": v.object({ href: text }),
    "local-definitions": v.optional(
      v.object({ "objectives-and-methods": v.array(v.object({ parts: v.tuple([v.object({ id: text })]) })) }),
    ),
    "back-matter": v.object({ resources: v.array(v.object({ uuid: text })) }),
    results: v.tuple([
      v.object({
        "local-definitions": v.object({
          components: v.optional(v.array(v.object({ uuid: text })), []),
          "inventory-items": v.optional(v.array(v.object({ uuid: text })), []),
        }),
        "reviewed-controls": v.object({
          "control-selections": v.tuple([v.object({ "include-controls": v.array(v.object({ "control-id": text })) })]),
        }),
        observations: v.optional(
          v.array(
            v.object({
              uuid: text,
              description: text,
              subjects: v.array(v.object({ "subject-uuid": text, type: text })),
            }),
          ),
          [],
        ),
        risks: v.optional(v.array(v.object({ uuid: text, deadline: v.optional(text), status: text, title: text })), []),
        findings: v.optional(
          v.array(
            v.object({
              uuid: text,
              target: v.object({ "target-id": text, status: v.object({ state: text, reason: text, remarks: text }) }),
              "related-observations": refs,
              "related-risks": refs,
            }),
          ),
          [],
        ),
      }),
    ]),
  }),
});

/** Valid by the schema, and every id that is referred to is there, once. */
function read(written: string) {
  const document: unknown = JSON.parse(written);
  validate(document);
  assert.deepEqual(validate.errors ?? [], []);
  const results = v.parse(documentSchema, document)["assessment-results"];
  const [result] = results.results;
  const definitions = result["local-definitions"];
  const made = [
    results,
    ...results["back-matter"].resources,
    ...definitions.components,
    ...definitions["inventory-items"],
    ...[...result.observations, ...result.risks, ...result.findings],
  ].map(({ uuid }) => uuid);
  assert.equal(new Set(made).size, made.length);
  const named = [
    results["import-ap"].href.slice(1),
    ...result.observations.flatMap(({ subjects }) => subjects.map((subject) => subject["subject-uuid"])),
    ...result.findings
      .flatMap((finding) => [...finding["related-observations"], ...finding["related-risks"]])
      .flatMap(Object.values),
  ];
  for (const uuid of named) assert.ok(made.includes(uuid), `${uuid} is nowhere`);
  const objectives = results["local-definitions"]?.["objectives-and-methods"] ?? [];
  assert.deepEqual(
    result.findings.map(({ target }) => target["target-id"]),
    objectives.map(({ parts: [{ id }] }) => id),
  );
  return { results, result };
}

const good = (change: Parameters<typeof reportRow>[0] = {}) =>
  reportRow({ verdict: "compliant", read: "compliant", ...change });
const states = (rows: Parameters<typeof write>[2], run = head) =>
  Object.fromEntries(
    read(write(oscal, run, rows)).result.findings.map(({ target }) => [target["target-id"], target.status.state]),
  );

describe("oscal", () => {
  test("is valid: any verdict, any requirement, hostile or not, of an incomplete run, of nobody", () => {
    for (const run of [head, incompleteHead, { ...head, directories: [], asOf: "2026-10-01" }])
      for (const rows of [[], everyKind(), [...everyKind(), ...hostileRows()]])
        assert.equal(read(write(oscal, run, rows)).result.observations.length > 0, rows.length > 0);
  });

  test("what breaks the schema is seen by this test", () => {
    const broken = write(oscal, head, [reportRow()]);
    for (const [from, to] of [
      ['"TEST"', '" TEST"'],
      ['"not-satisfied"', '"fine"'],
      ['"collected"', '"gathered"'],
      ['"ia-2.1"', '"2.1"'],
    ] as const) {
      assert.ok(broken.includes(from), from);
      assert.equal(validate(JSON.parse(broken.replace(from, to))), false, from);
    }
  });

  test("says how many would be changed, and who of those it names", () => {
    const written = write(oscal, head, [reportRow({ planned: true }), reportRow({ id: "2" })]);
    const { result } = read(written);
    assert.match(result.observations[0]?.description ?? "", /\b1 would be changed/);
    assert.equal(written.split('"would-be"').length - 1, 1);
    assert.doesNotMatch(write(oscal, head, [reportRow()]), /would be changed|would-be/);
  });

  test("has the same ids for the same run", () => {
    assert.equal(write(oscal, head, everyKind()), write(oscal, head, everyKind()));
  });

  test("a control is satisfied when every account proves it, and is named as NIST does", () => {
    assert.deepEqual(states([good(), good({ id: "2" })]), {
      "ia-2.1_obj.mfa-warden": "satisfied",
      "ia-2.2_obj.mfa-warden": "satisfied",
    });
  });

  for (const [what, change] of [
    ["violates", { verdict: "violating" }],
    ["is exempt", { verdict: "exempt" }],
    ["is in its grace period", { verdict: "grace" }],
    ["has no device yet", { verdict: "pending" }],
    ["could not be assessed", { verdict: "unknown" }],
    ["is held to the switch alone", { requirement: "enabled" }],
  ] as const)
    test(`no control is satisfied when one account ${what}`, () => {
      const found = states([good(), good({ id: "2", ...change })]);
      assert.deepEqual(found, { "ia-2.1_obj.mfa-warden": "not-satisfied", "ia-2.2_obj.mfa-warden": "not-satisfied" });
    });

  test("no objective of NIST's own is called satisfied: what is, is as wide as the evidence", () => {
    const { results, result } = read(write(oscal, head, [good()]));
    assert.ok(result.findings.every(({ target }) => target["target-id"].endsWith("_obj.mfa-warden")));
    assert.match(JSON.stringify(results["local-definitions"]), /ia-2\.1_obj\.mfa-warden/);
  });

  test("no control is satisfied by an incomplete run", () => {
    assert.equal(states([good()], incompleteHead)["ia-2.1_obj.mfa-warden"], "not-satisfied");
  });

  test("who is out of scope stands in no control's way, and proves none", () => {
    assert.equal(states([good(), reportRow({ verdict: "out-of-scope" })])["ia-2.1_obj.mfa-warden"], "satisfied");
    assert.equal(states([reportRow({ verdict: "out-of-scope" })])["ia-2.1_obj.mfa-warden"], "not-satisfied");
  });

  test("a control on which the evidence is only supporting has no finding", () => {
    const { result } = read(write(oscal, head, [good({ requirement: "enabled" })]));
    assert.deepEqual(result.findings, []);
    const [selection] = result["reviewed-controls"]["control-selections"];
    assert.ok(selection["include-controls"].some((control) => control["control-id"] === "ia-2.1"));
  });

  test("an exemption is an approved deviation with its deadline", () => {
    const { result } = read(
      write(oscal, head, [reportRow({ verdict: "exempt", read: "exempt", exemption: exemption.id })]),
    );
    const [risk] = result.risks;
    assert.deepEqual([risk?.status, risk?.deadline], ["deviation-approved", "2026-12-16T00:00:00.000Z"]);
  });

  test("takes bounded room, names the worst and counts all", () => {
    const since = (i: number) => new Date(Date.parse("2026-01-01T00:00:00Z") + i * 1_000).toISOString();
    const rows = Array.from({ length: 5_000 }, (_, i) => reportRow({ id: `${i}`, since: since(5_000 - i) }));
    const exempt = Array.from({ length: 1_500 }, (_, i) =>
      reportRow({ id: `e${i}`, verdict: "exempt", read: "exempt" }),
    );
    const written = write(oscal, head, [...rows, ...exempt]);
    const { result } = read(written);
    const items = result["local-definitions"]["inventory-items"];
    assert.equal(items.length, 20);
    assert.ok(written.includes("account 4999 of workforce") && !written.includes("account 100 of workforce"));
    assert.match(result.observations[0]?.description ?? "", /5000 violating, 1500 exempt/);
    assert.equal(result.risks.length, 1_001);
    assert.equal(result.risks.at(-1)?.title, "500 more accounts are exempt from MFA");
  });

  test("keeps markup out of the texts that are Markdown", () => {
    const { result } = read(write(oscal, head, hostileRows()));
    const texts = JSON.stringify([result.risks, result.observations]);
    assert.doesNotMatch(texts, /(?<!\\)<script/);
    assert.match(texts, /\\<script/);
  });

  test("an incomplete run says so in the first line", () => {
    const written = write(oscal, incompleteHead, [good()]);
    assert.match(written.split("\n")[0] ?? "", /"title":"INCOMPLETE/);
    assert.match(read(written).results.metadata.title, /^INCOMPLETE/);
  });
});
