/** What a stage may be called, and which of them is production. */

import { WardenError } from "../lib/errors.ts";

/** The longest names of AWS hold 64 characters, and the stage is a part of each. */
const STAGE = /^[a-z][a-z0-9-]{0,19}$/;

/** Throws `ERR_INPUT_INVALID`. */
export function checkStage(stage: string): void {
  if (STAGE.test(stage)) return;
  const shown = JSON.stringify(stage.slice(0, 40));
  throw new WardenError(
    "ERR_INPUT_INVALID",
    `The stage ${shown} cannot be deployed: a stage is 1 to 20 lower-case letters, digits and hyphens, and begins with a letter, like production or dev-jane. Nothing was deployed; choose another --stage.`,
  );
}

/** The one stage that is protected from `sst remove`, and whose ledger, evidence and keys outlive it. */
export const isProduction = (stage: string): boolean => stage === "production";
