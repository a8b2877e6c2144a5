/** `completion`: the script that lets a shell complete commands, options and directories. */

import { Argument, Command } from "commander";
import { completionScript, SHELLS, type Shell } from "../completion/scripts.ts";
import { completedCommands } from "../completion/words.ts";
import { exitWith } from "../terminal/options.ts";

export const completionCommand = (): Command =>
  new Command("completion")
    .description("Prints the script that completes commands, options and directories in your shell")
    .addArgument(new Argument("<shell>").choices(SHELLS))
    .action(exitWith(completion));

async function completion(shell: Shell, _options: object, command: Command): Promise<number> {
  process.stdout.write(completionScript[shell](completedCommands(command.parent ?? command)));
  return 0;
}
