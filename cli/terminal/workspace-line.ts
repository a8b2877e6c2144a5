/** Says which policy and which records a command works on, where they were found above the folder that it was called in. */

import { existsSync } from "node:fs";
import type { Command } from "commander";
import { isAbove, type WorkspaceFile, workspaceFile } from "../workspace.ts";
import { errors } from "./output.ts";

/** Before anything is read or changed. Silent where the person named the files, or stands where they are. */
export function nameWorkspace(command: Command): void {
  if (!isAbove() || command.getOptionValue("quiet") === true) return;
  const found = (["policy", "secrets", "state"] satisfies WorkspaceFile[]).filter((file) => isFound(command, file));
  if (found.length === 0) return;
  const names = found.map((file) => `${file} ${workspaceFile(file)}`);
  errors.line(`Found above this folder: ${names.join(", ")}.`);
}

/** With --aws records and secrets are elsewhere. Of the secrets file the option says nothing where it is not given. */
function isFound(command: Command, file: WorkspaceFile): boolean {
  if (file !== "policy" && command.getOptionValue("aws") === true) return false;
  if (file !== "secrets") return command.getOptionValueSource(file) === "default";
  const isRead =
    command.getOptionValueSource("policy") !== undefined && command.options.some(({ long }) => long === "--secrets");
  return isRead && command.getOptionValue(file) === undefined && existsSync(workspaceFile(file));
}
