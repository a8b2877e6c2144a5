/** Which controls of which framework our evidence bears on, and how far. The controls are data: one file a framework. */

import * as v from "valibot";
import cisControls from "./cis-controls.json" with { type: "json" };
import cisaScuba from "./cisa-scuba.json" with { type: "json" };
import iso27001 from "./iso-27001.json" with { type: "json" };
import nis2 from "./nis2.json" with { type: "json" };
import nist80053 from "./nist-800-53.json" with { type: "json" };
import pciDss from "./pci-dss.json" with { type: "json" };
import soc2 from "./soc2.json" with { type: "json" };

/**
 * What supports a control: accounts judged by this requirement, MFA server profiles, or the record of the run itself, whatever
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

export type Framework = v.InferOutput<typeof frameworkSchema>;

/** A control has one entry for each coverage: weaker evidence supports what stronger evidence shows in part. */
type Control = v.InferOutput<typeof controlSchema>;

/** A control with the name and the version of its framework. */
export interface FrameworkControl extends Control {
  readonly standard: string;
}

export const frameworks: readonly Framework[] = v.parse(v.array(frameworkSchema), [
  nist80053,
  pciDss,
  cisControls,
  iso27001,
  soc2,
  cisaScuba,
  nis2,
]);

/** The controls of frameworks, each with its standard. */
export const controlsOf = (of: readonly Framework[]): FrameworkControl[] =>
  of.flatMap(({ framework, version, controls }) =>
    controls.map((control) => ({ ...control, standard: `${framework} ${version}` })),
  );

const allControls = controlsOf(frameworks);

/** The controls on which accounts (or profiles) bear that are judged by this requirement; none for one that no map knows. */
export const controlsSupportedBy = (requirement: string | undefined): readonly FrameworkControl[] =>
  allControls.filter(({ needs }) => needs.some((need) => need === requirement));
