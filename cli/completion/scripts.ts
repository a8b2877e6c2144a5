/** The completion scripts of the shells: made of words of our own, so that nothing in them needs care but a quote. */

import type { CompletedCommand, CompletedOption } from "./words.ts";

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

/** Of the policy in this folder: starting a program for each key would be too slow. */
const LIST_DIRECTORIES = "sed -n 's/^ *- id: *\\([a-z0-9-]*\\).*/\\1/p' policy.yaml 2>/dev/null";

export const completionScript: Readonly<Record<Shell, (commands: readonly CompletedCommand[]) => string>> = {
  bash: bashScript,
  zsh: (commands) => `autoload -U +X bashcompinit && bashcompinit\n${bashScript(commands)}`,
  fish: fishScript,
};

const flagsOf = (options: readonly CompletedOption[]): string => options.flatMap(({ flags }) => flags).join(" ");

function bashScript(commands: readonly CompletedCommand[]): string {
  return `_warden() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} command=\${COMP_WORDS[1]} words=
  if [ "$COMP_CWORD" -eq 1 ]; then
    words="${commands.map(({ name }) => name).join(" ")} --help --version"
  else
    case "$command" in
${commands.map(bashCommand).join("\n")}
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o default -F _warden warden
`;
}

const bashCommand = ({ name, options }: CompletedCommand): string => `      ${name})
        case "$before" in
${options
  .filter(({ takesValue }) => takesValue)
  .map(bashValue)
  .join("\n")}
          *) words="${flagsOf(options)}" ;;
        esac ;;`;

/** Where any value may follow, files are completed. */
function bashValue({ flags, choices, isDirectory }: CompletedOption): string {
  const words = isDirectory ? `"$(${LIST_DIRECTORIES})"` : `"${choices.join(" ")}"`;
  return `          ${flags.join("|")}) words=${words} ;;`;
}

function fishScript(commands: readonly CompletedCommand[]): string {
  const names = commands.map(({ name, description }) =>
    ["complete -c warden -f -n __fish_use_subcommand", `-a ${name}`, `-d ${fishText(description)}`].join(" "),
  );
  return `${[...names, ...commands.flatMap(fishOptions)].join("\n")}\n`;
}

const fishOptions = ({ name, options }: CompletedCommand): string[] =>
  options.map((option) => {
    const flags = option.flags.map((flag) => (flag.startsWith("--") ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`));
    const condition = `-n "__fish_seen_subcommand_from ${name}"`;
    return ["complete -c warden", condition, ...flags, ...fishValue(option), `-d ${fishText(option.description)}`].join(
      " ",
    );
  });

function fishValue({ takesValue, choices, isDirectory }: CompletedOption): string[] {
  if (!takesValue) return [];
  if (isDirectory) return [`-x -a "(${LIST_DIRECTORIES.replaceAll("\\", "\\\\")})"`];
  return choices.length > 0 ? [`-x -a "${choices.join(" ")}"`] : ["-r"];
}

const fishText = (text: string): string => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
