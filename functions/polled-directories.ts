/** The directories of a policy whose vendor sends no webhooks and has a log to be asked. */
import { vendors } from "../lib/directories/index.ts";
import type { Policy } from "../lib/policy/index.ts";

/** Their ids. */
export const polledDirectories = ({ directories }: Pick<Policy, "directories">): string[] =>
  directories.filter(({ vendor }) => vendors[vendor]?.polls).map(({ id }) => id);
