/** Who would be changed is named, by a run that only looked and by one that was over a limit; so is who would be put back, and who was. */
import assert from "node:assert/strict";
import { buffer } from "node:stream/consumers";
import { test } from "node:test";
import { approvePlans } from "../../lib/approval/index.ts";
import { formatsWith, writeReport } from "../../lib/report/index.ts";
import { runHere } from "../shared-engine.ts";
import { inKnownWorld, targetOf } from "../sweep/known-world.ts";
import { afterSweep, approve, OFF, planUndo } from "../sweep/undoing.ts";
import { EVERYONE, type World } from "../world.ts";

async function filesOf({ ledger, evidence }: World, run: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  const store = async (file: string, _: string, body: AsyncIterable<Uint8Array>) => {
    files.set(file, (await buffer(body)).toString());
  };
  const prepare = () => ({ formats: formatsWith({}), store });
  await writeReport({ ledger, evidence, clock: Date.now }, { run, prepare }, AbortSignal.timeout(60_000));
  return files;
}

const OVER_LIMIT = EVERYONE.replace("count: 50000", "count: 1");

for (const [what, mode, yaml] of [
  ["that only looked", "plan", EVERYONE],
  ["over a limit", "enforce", OVER_LIMIT],
] as const)
  test(`a run ${what} names in page and tables who would be changed, and by which rule`, () =>
    inKnownWorld(
      async (world) => {
        const { run, only } = await world.sweep(mode, yaml);
        assert.deepEqual([only.changes.planned, only.changes.enforced], [2, 0]);
        const files = await filesOf(world, run);
        const csv = files.get("population.csv")?.split("\r\n") ?? [];
        assert.match(csv[0] ?? "", /,run,would_be,priority,person,person_coverage,devices_read_at,devices_caveat$/);
        const changed = csv.filter((line) => line.endsWith(",changed,3,,,,"));
        assert.equal(changed.length, 2);
        assert.ok(changed.some((line) => line.includes(targetOf(world)) && line.includes(",everyone,")));
        const lines = files.get("population.jsonl")?.split("\n") ?? [];
        assert.equal(lines.filter((line) => line.includes('"planned":true')).length, 2);
        assert.equal(files.get("findings.ocsf.jsonl")?.split("would be changed").length, 3);
        assert.equal(files.get("assessment-results.oscal.json")?.split('"would-be"').length, 3);
        const section = /<section class="part" id="changes"[\s\S]*?<\/section>/.exec(
          files.get("report.html") ?? "",
        )?.[0];
        assert.match(section ?? "", /2 accounts would be changed, and were not/);
        assert.match(section ?? "", new RegExp(targetOf(world)));
        assert.match(section ?? "", /everyone/);
      },
      { off: [5, 7] },
    ));

const APPROVABLE = `${OVER_LIMIT}\napproval: { approvers: [jane] }`;
const JANE = { by: "jane@desk", how: "test" };

test("page, JSON, OCSF and OSCAL say who approved what, when, with which hash, and who was not allowed to", () =>
  inKnownWorld(
    async (world) => {
      const { run } = await world.sweep("enforce", APPROVABLE);
      const [plan] = await world.ledger.readPlans(run);
      assert.ok(plan);
      const ports = world.ports(APPROVABLE);
      const request = { run, hash: plan.hash, origin: JANE, note: "agreed with the <b>service desk</b>" };
      const mallory = { ...request, origin: { by: "mallory@desk", how: "test" } };
      await assert.rejects(approvePlans(ports, mallory), { code: "ERR_APPROVAL_DENIED" });
      const waiting = sectionOf(await filesOf(world, run), "approvals");
      for (const word of [plan.hash, "waiting", "nobody", "mallory@desk", "ERR_APPROVAL_DENIED"])
        assert.ok(waiting.includes(word), word);

      const applies = await approvePlans(ports, request);
      const applied = await runHere(ports, { mode: "enforce", origin: JANE, applies, directories: ["workforce"] });
      const files = await filesOf(world, applied.run);
      const section = sectionOf(files, "approvals");
      for (const word of [plan.hash, run, "jane@desk", "agreed with the &lt;b&gt;service desk"])
        assert.ok(section.includes(word), `${word} in ${section}`);
      const [finding = "{}"] = files.get("findings.ocsf.jsonl")?.split("\n") ?? [];
      assert.deepEqual(JSON.parse(finding).metadata.labels, [`approved-plan workforce ${plan.hash} by jane@desk`]);
      const { props } = JSON.parse(files.get("assessment-results.oscal.json") ?? "")["assessment-results"].metadata;
      const propertyOf = (name: string) => props.find((prop: { name: string }) => prop.name === name)?.value;
      assert.equal(propertyOf("approved-plan"), `workforce ${plan.hash}`);
      assert.match(propertyOf("approved-by"), /^jane@desk at 2/);
    },
    { off: [5, 7] },
  ));

const sectionOf = (files: ReadonlyMap<string, string>, id: string): string =>
  new RegExp(`<section class="part" id="${id}"[\\s\\S]*?</section>`).exec(files.get("report.html") ?? "")?.[0] ?? "";

test("what would be put back, and what was, with who approved it, stands in page, CSV and JSON Lines", () =>
  afterSweep(async (world, run) => {
    const planned = await planUndo(world, { run });
    const before = await filesOf(world, planned.run);
    const csv = before.get("population.csv")?.split("\r\n") ?? [];
    assert.equal(csv.filter((line) => /,put back,[123],,,,$/.test(line)).length, OFF.length);
    assert.match(before.get("report.html") ?? "", new RegExp(`to put back what run ${run} changed`));
    const lines = before.get("population.jsonl")?.split("\n") ?? [];
    assert.equal(lines.filter((line) => line.includes(`"planned":true,"undoes":"${run}"`)).length, OFF.length);

    const applied = await approve(world, planned.run);
    const after = await filesOf(world, applied.run);
    const reverted = (after.get("population.csv")?.split("\r\n") ?? []).filter((line) => line.includes(",reverted,"));
    assert.equal(reverted.length, OFF.length);
    for (const line of reverted) {
      assert.match(line, new RegExp(`put back as it was before run ${run}, as jane@laptop approved`));
      assert.match(line, /,violating,.*,compliant,/);
    }
    assert.match(after.get("report.html") ?? "", /put back as it was before, as a person approved/);
    assert.match(sectionOf(after, "approvals"), new RegExp(`puts back what run ${run} changed[\\s\\S]*jane@laptop`));
    const [finding = "{}"] = after.get("findings.ocsf.jsonl")?.split("\n") ?? [];
    assert.match(JSON.parse(finding).metadata.labels[0], /^approved-undo workforce [0-9a-f]{64} by jane@laptop$/);
    const { props } = JSON.parse(after.get("assessment-results.oscal.json") ?? "")["assessment-results"].metadata;
    assert.ok(props.some(({ name, value }: Record<string, string>) => name === "undone-run" && value === run));
  }));
