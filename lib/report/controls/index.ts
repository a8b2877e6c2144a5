/** Which controls of which framework our evidence bears on, and how far. The claims are data: one file per framework in controls/. */

import * as v from "valibot";
import cisControls from "./cis-controls.json" with { type: "json" };
import cisaScuba from "./cisa-scuba.json" with { type: "json" };
import iso27001 from "./iso-27001.json" with { type: "json" };
import nis2 from "./nis2.json" with { type: "json" };
import nist80053 from "./nist-800-53.json" with { type: "json" };
import pciDss from "./pci-dss.json" with { type: "json" };
import soc2 from "./soc2.json" with { type: "json" };

/**
 * What a claim rests on: accounts judged by this requirement, MFA server profiles, or the record of the run itself, whatever
 * it says of anybody.
 */
const supportSchema = v.picklist(["enabled", "registered", "phishing-resistant", "profile", "record"]);

const controlSchema = v.strictObject({
  /** As its framework writes it. */
  id: v.pipe(v.string(), v.nonEmpty()),
  /** Any one of them. */
  needs: v.pipe(v.array(supportSchema), v.nonEmpty()),
  /** `full`: the evidence alone shows that the control is met; `partial`: that a part is; `supporting`: it helps to judge. */
  coverage: v.picklist(["full", "partial", "supporting"]),
  /** One sentence: what the evidence shows, and what it does not. */
  rationale: v.pipe(v.string(), v.nonEmpty()),
});

const frameworkSchema = v.strictObject({
  framework: v.string(),
  version: v.string(),
  source: v.string(),
  controls: v.array(controlSchema),
});

/** A control has one entry for each coverage: weaker evidence supports what stronger evidence shows in part. */
export type Framework = v.InferOutput<typeof frameworkSchema>;
export type ControlEntry = v.InferOutput<typeof controlSchema>;

export const frameworks: readonly Framework[] = v.parse(v.array(frameworkSchema), [
  nist80053,
  pciDss,
  cisControls,
  iso27001,
  soc2,
  cisaScuba,
  nis2,
]);

/** A control with its framework's name and version. */
export interface FrameworkControl extends ControlEntry {
  readonly standard: string;
}

/** What may be claimed on accounts (or profiles) that are judged by this requirement; nothing for one that no map knows. */
export function controlsSupportedBy(requirement: string | undefined): readonly FrameworkControl[] {
  return frameworks.flatMap(({ framework, version, controls }) =>
    controls
      .filter(({ needs }) => needs.some((basis) => basis === requirement))
      .map((control) => ({ ...control, standard: `${framework} ${version}` })),
  );
}
