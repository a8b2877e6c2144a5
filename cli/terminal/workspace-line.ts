/** Says which policy and which records a command works on, where they were found above the folder that it was called in. */

import type { Command } from "commander";
import { isAbove, type WorkspaceFile, workspaceFile } from "../workspace.ts";
import { errors } from "./output.ts";

/** Before anything is read or changed. Silent where the person named the files, or stands where they are. */
export function nameWorkspace(command: Command): void {
  if (!isAbove()) return;
  const found = (["policy", "state"] satisfies WorkspaceFile[]).filter((file) => isFound(command, file));
  if (found.length === 0) return;
  const names = found.map((file) => `${file} ${workspaceFile(file)}`);
  errors.line(`Found above this folder: ${names.join(", ")}.`);
}

/** With --aws the records are elsewhere. */
const isFound = (command: Command, file: WorkspaceFile): boolean =>
  command.getOptionValueSource(file) === "default" && !(file === "state" && command.getOptionValue("aws") === true);
