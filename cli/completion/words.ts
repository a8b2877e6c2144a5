/** What can be typed behind `warden`, from the tree of commands itself. */

import type { Command } from "commander";

export interface CompletedOption {
  readonly flags: readonly string[];
  readonly description: string;
  readonly takesValue: boolean;
  /** Empty where any value may follow. */
  readonly choices: readonly string[];
  /** The value is the id of a directory of the policy. */
  readonly isDirectory: boolean;
}

export interface CompletedCommand {
  readonly name: string;
  readonly description: string;
  readonly options: readonly CompletedOption[];
}

/** Hidden commands and options are left out. */
export const completedCommands = (root: Command): CompletedCommand[] =>
  root
    .createHelp()
    .visibleCommands(root)
    .filter((command) => command.name() !== "help")
    .map((command) => ({
      name: command.name(),
      description: command.description(),
      options: completedOptions(command),
    }));

const completedOptions = (command: Command): CompletedOption[] =>
  command
    .createHelp()
    .visibleOptions(command)
    .map((option) => ({
      flags: [option.short, option.long].filter((flag) => flag !== undefined && flag !== null),
      description: option.description,
      takesValue: option.required || option.optional,
      choices: option.argChoices ?? [],
      isDirectory: option.long === "--directory",
    }));
