/** What the policy says of one directory: its entry, and whether its mode lets anything be changed. */
import type { Mode } from "../model/index.ts";
import type { DirectoryConfig, Policy } from "./schema.ts";

type Directories = Pick<Policy, "directories">;

/** The policy's entry of this directory; `undefined` if it has none. */
export const directoryConfig = (policy: Directories, id: string): DirectoryConfig | undefined =>
  policy.directories.find((directory) => directory.id === id);

/** The weaker of a run's mode and the directory's own decides; what a rule forbids is no part of it. */
export const mayChange = (policy: Directories, id: string, mode: Mode = "enforce"): boolean =>
  mode === "enforce" && directoryConfig(policy, id)?.mode === "enforce";
