/** The control maps: only ids that were checked, each with its coverage and its reason, and no claim beyond the evidence. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { controlsSupportedBy, frameworks } from "../../lib/report/controls/index.ts";

/** Every id that may be claimed, as its framework writes it. */
const KNOWN: Readonly<Record<string, readonly string[]>> = {
  "NIST SP 800-53 r5": [
    "IA-2(1)",
    "IA-2(2)",
    "IA-2(6)",
    "IA-2(8)",
    "IA-2(12)",
    "IA-2(13)",
    "IA-5c",
    "IA-5g",
    "AC-2",
    "AU-9",
    "AU-10",
    "AU-11",
  ],
  "PCI DSS 4.0.1": ["8.4.1", "8.4.2", "8.4.3", "8.5.1"],
  "CIS Controls 8.1": ["6.3", "6.4", "6.5"],
  "ISO/IEC 27001 2022": ["A.8.5", "A.5.17", "A.8.2"],
  "SOC 2 TSC 2017 (points of focus 2022)": ["CC6.1", "CC6.2", "CC6.3", "CC6.6"],
  "CISA SCuBA M365 MS.AAD": ["MS.AAD.3.1v1", "MS.AAD.3.2v2", "MS.AAD.3.3v2", "MS.AAD.3.5v2", "MS.AAD.3.6v1"],
  "NIS2 Directive (EU) 2022/2555, Implementing Regulation (EU) 2024/2690": [
    "Art. 21(2)(j)",
    "Annex 11.7.1",
    "Annex 11.7.2",
    "Annex 11.3.2(a)",
  ],
};

const claims = frameworks.flatMap(({ framework, version, controls }) =>
  controls.map((control) => ({ ...control, standard: `${framework} ${version}` })),
);

describe("control maps", () => {
  test("are of the seven frameworks, each with its version and its source", () => {
    assert.deepEqual(
      frameworks.map(({ framework, version }) => `${framework} ${version}`),
      Object.keys(KNOWN),
    );
    for (const { source, controls } of frameworks) assert.ok(source.length > 10 && controls.length > 0);
  });

  test("name only controls that their framework has", () => {
    for (const { standard, id } of claims) assert.ok(KNOWN[standard]?.includes(id), `${standard}: ${id}`);
  });

  test("say in one sentence each why, and no reason twice for one control", () => {
    for (const { id, rationale } of claims) assert.match(rationale, /^[A-Z][^\n]{30,220}\.$/, `${id}: ${rationale}`);
    const reasons = claims.map(({ standard, id, rationale }) => `${standard} ${id} ${rationale}`);
    assert.equal(new Set(reasons).size, reasons.length);
  });

  test("claim a control once for the same evidence", () => {
    const bases = claims.flatMap(({ standard, id, needs }) => needs.map((basis) => `${standard} ${id} ${basis}`));
    assert.equal(new Set(bases).size, bases.length);
  });

  test("never claim more than a look at accounts can show", () => {
    for (const { standard, id, coverage, needs } of claims) {
      const where = `${standard} ${id}`;
      assert.notEqual(coverage, "full", `${where}: no sign-in is observed`);
      if (coverage === "supporting") continue;
      for (const basis of needs)
        assert.ok(
          basis === "registered" || basis === "phishing-resistant",
          `${where}: ${basis} is configuration alone`,
        );
    }
  });

  test("claim at least as much for a stronger requirement", () => {
    const ids = (requirement: string) =>
      controlsSupportedBy(requirement).map(({ standard, id }) => `${standard} ${id}`);
    const [weak, middle, strong] = ["enabled", "registered", "phishing-resistant"].map(ids);
    assert.ok(weak && middle && strong && weak.length > 5);
    assert.deepEqual(
      weak.filter((id) => !middle.includes(id)),
      [],
    );
    assert.deepEqual(
      middle.filter((id) => !strong.includes(id)),
      [],
    );
  });

  test("claim nothing for what no rule requires", () => {
    for (const requirement of [undefined, "none", "anything"]) assert.deepEqual(controlsSupportedBy(requirement), []);
  });
});
