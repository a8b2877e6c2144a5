/** SARIF against the published schema, at the lines of the policy, within GitHub's limits, and never cut silently. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { describe, test } from "node:test";
import { gzipSync } from "node:zlib";
import { Ajv } from "ajv";
import formatsPlugin from "ajv-formats";
import * as v from "valibot";
import type { ReportRow } from "../../../lib/report/data/index.ts";
import { formatsWith } from "../../../lib/report/formats/index.ts";
import { reportHead, reportRow } from "../builders.ts";
import { everyKind, findFormat, head, hostileRows, incompleteHead, write } from "./sample.ts";
import published from "./sarif-2.1.0.json" with { type: "json" };

const policyLocation = { file: "policies/our policy.yaml", ruleLines: new Map([["everyone", 12]]) };
const sarif = findFormat(formatsWith({ policyLocation }), "sarif");

// It is of draft 04, whose `id` later drafts call `$id`; nothing else in it differs.
const { $schema: _, id: __, ...schema } = published;
const ajv = new Ajv({ allErrors: true, strict: false });
formatsPlugin.default(ajv);
const validate = ajv.compile(schema);

const text = v.string();
const resultSchema = v.object({
  ruleId: text,
  level: text,
  message: v.object({ text }),
  locations: v.tuple([
    v.object({
      physicalLocation: v.object({
        artifactLocation: v.object({ uri: text }),
        region: v.object({ startLine: v.number() }),
      }),
    }),
  ]),
  partialFingerprints: v.object({ primaryLocationLineHash: text }),
  properties: v.optional(v.object({ directory: text, account: text, verdict: text })),
});
const documentSchema = v.object({
  runs: v.tuple([
    v.object({
      results: v.array(resultSchema),
      tool: v.object({ driver: v.object({ rules: v.array(v.object({ id: text })) }) }),
      invocations: v.tuple([
        v.object({
          executionSuccessful: v.boolean(),
          toolExecutionNotifications: v.array(v.object({ message: v.object({ text }) })),
        }),
      ]),
    }),
  ]),
});

function read(of: typeof head, rows: readonly ReportRow[], isChecked = true) {
  const written = write(sarif, of, rows);
  const document: unknown = JSON.parse(written);
  if (isChecked) assert.ok(validate(document), JSON.stringify(validate.errors?.slice(0, 3)));
  const [run] = v.parse(documentSchema, document).runs;
  const rules = run.tool.driver.rules.map(({ id }) => id);
  assert.equal(new Set(rules).size, rules.length);
  for (const { ruleId } of run.results) assert.ok(rules.includes(ruleId), ruleId);
  return { ...run, written };
}

describe("SARIF", () => {
  test("keeps to the schema for every kind of row, for names of every kind, and for a run that is not complete", () => {
    for (const of of [
      head,
      incompleteHead,
      reportHead({ asOf: "2026-10-01T22:00:00.000Z", day: "2026-10-01", basis: ["x"] }),
    ])
      for (const rows of [[], everyKind(), hostileRows()]) read(of, rows);
  });

  test("has a result for each account that violates or is unknown, and none for others", () => {
    const rows = everyKind();
    const open = rows.filter(({ verdict }) => verdict === "violating" || verdict === "unknown");
    const { results } = read(head, rows);
    assert.deepEqual(
      results.map(({ properties }) => properties?.account).toSorted(),
      open.map(({ directory, id }) => `${directory}/${id}`).toSorted(),
    );
    for (const { level, properties } of results)
      assert.equal(level, properties?.verdict === "violating" ? "error" : "warning");
  });

  test("points at the line of the rule in the policy file", () => {
    const { results } = read(head, [reportRow(), reportRow({ id: "b", rule: "elsewhere" })]);
    assert.deepEqual(
      results.map(({ locations: [{ physicalLocation }] }) => [
        physicalLocation.artifactLocation.uri,
        physicalLocation.region.startLine,
      ]),
      [
        ["policies/our%20policy.yaml", 12],
        ["policies/our%20policy.yaml", 1],
      ],
    );
  });

  test("is one alert for each account and rule, the same from run to run", () => {
    const rows = ["a", "b", "c"].map((id) => reportRow({ id }));
    const of = (run: string) =>
      read(reportHead({ run }), rows).results.map(
        ({ partialFingerprints }) => partialFingerprints.primaryLocationLineHash,
      );
    assert.deepEqual(of("01A"), of("01B"));
    assert.equal(new Set(of("01A")).size, 3);
  });

  test("takes no name for a placeholder or a link", () => {
    const { results } = read(head, [reportRow({ username: "{0} [x](https://evil.example) \\" })]);
    assert.match(results[0]?.message.text ?? "", /^\{\{0\}\} \\\[x\\\]\(https:\/\/evil\.example\) \\\\ \(/);
  });

  test("of a run that is not complete begins with a result that says so", () => {
    const { results, invocations } = read(incompleteHead, [reportRow()]);
    assert.equal(results[0]?.ruleId, "mfa-warden/incomplete-run");
    assert.equal(results[0]?.level, "error");
    assert.equal(invocations[0].executionSuccessful, false);
    assert.match(invocations[0].toolExecutionNotifications[0]?.message.text ?? "", /^INCOMPLETE/);
  });

  test("is cut to 25,000 results, those who violate first, and says by how many", () => {
    const rows = Array.from({ length: 26_000 }, (_, i) => [
      reportRow({ id: `u${i}`, verdict: "unknown", read: "unknown" }),
      reportRow({ id: `v${i}` }),
    ]).flat();
    const { results, invocations } = read(head, rows, false);
    assert.ok(results.length <= 25_000);
    const verdicts = results.map(({ properties }) => properties?.verdict);
    assert.equal(verdicts.filter((verdict) => verdict === "violating").length, 24_998);
    const said =
      /^1002 more violating and 26000 more unknown: this file is cut to what GitHub takes; population\.csv lists them all\.$/;
    assert.match(results.at(-1)?.message.text ?? "", said);
    assert.match(invocations[0].toolExecutionNotifications.at(-1)?.message.text ?? "", said);
  });

  test("is less than 10 MB when packed, whatever the names are", () => {
    const rows = Array.from({ length: 25_000 }, (_, i) => {
      const noise = randomBytes(600).toString("base64");
      return reportRow({ id: `${i}${noise}`, username: noise, why: noise });
    });
    const { written, results } = read(head, rows, false);
    assert.ok(gzipSync(written).length < 10_000_000, `${gzipSync(written).length} bytes`);
    assert.match(results.at(-1)?.message.text ?? "", /more violating/);
  });
});
