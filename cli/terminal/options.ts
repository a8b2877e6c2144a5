/** The options that commands share. */

import { resolve } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import { WardenError } from "../../lib/errors.ts";
import { workspaceFile, workspaceFileName } from "../workspace.ts";

/** Where the records are: in a state folder, or in AWS. */
export interface RecordOptions {
  /** Folder of the embedded stack. */
  readonly state: string;
  readonly aws?: boolean;
  readonly table?: string;
  readonly bucket?: string;
  /** Only `report` takes it. */
  readonly reports?: string;
  readonly queue?: string;
  readonly deadQueue?: string;
  readonly signingKey?: string;
  /** Seconds. */
  readonly lease: number;
}

/** What a run goes by. */
export interface InputOptions {
  readonly policy: string;
  readonly secrets?: string;
  /** Only these; all of the policy's unless given. */
  readonly directory?: readonly string[];
  readonly aws?: boolean;
  readonly secretsPrefix?: string;
  /** Folder of the embedded stack: it also keeps the key that the versions of a secrets file are made with. */
  readonly state?: string;
}

/** Of every command that looks at what is recorded. */
export interface StateOptions extends RecordOptions {
  readonly json?: boolean;
}

/** Of every command that runs by a policy. */
export interface PolicyOptions extends InputOptions, StateOptions {
  readonly state: string;
  /** How long a change may take to show, in ms. */
  readonly patience: number;
  /** Only errors and the result's last line. */
  readonly quiet?: boolean;
}

/** An option that names a file or a folder. Relative to where the command was called; from here on it is absolute, also in messages. */
export function pathOption(flags: string, description: string, standard?: string): Option {
  const option = new Option(flags, description).argParser(absolutePath);
  return standard === undefined ? option : option.default(resolve(standard), standard);
}

/** `-` stays what it is: standard input. */
export const absolutePath = (path: string): string => (path === "-" ? path : resolve(path));

export const stateOption = (description: string): Option =>
  new Option("--state <dir>", description)
    .argParser(absolutePath)
    .env("MFA_WARDEN_STATE")
    .default(workspaceFile("state"), workspaceFileName("state"));

export const policyOption = (description = "policy file"): Option =>
  new Option("--policy <file>", description)
    .argParser(absolutePath)
    .env("MFA_WARDEN_POLICY")
    .default(workspaceFile("policy"), workspaceFileName("policy"));

/** A whole number of at least `least`. */
export const wholeNumber =
  (least: number) =>
  (text: string): number => {
    if (/^\d{1,9}$/.test(text) && Number(text) >= least) return Number(text);
    throw new InvalidArgumentError(`It is not a whole number of at least ${least}.`);
  };

/** Some of the names, with commas between them; or `nothing`. */
export const parseNames =
  <T extends string>(names: readonly T[]) =>
  (text: string): readonly T[] => {
    if (text === "nothing") return [];
    return text.split(",").map((part) => {
      const name = names.find((known) => known === part.trim());
      if (name !== undefined) return name;
      throw new InvalidArgumentError(`It takes ${names.join(", ")} with commas between them, or nothing.`);
    });
  };

export const collect = (value: string, before: readonly string[] = []): string[] => [...before, value];

/** --state, --aws and what goes with it, --json. */
export function withState(command: Command): Command {
  return command
    .addOption(stateOption("folder for the embedded ledger and the evidence"))
    .option("--aws", "use the deployed table and bucket in place of the state folder")
    .addOption(new Option("--table <name>", "with --aws: the DynamoDB table").env("MFA_WARDEN_TABLE"))
    .addOption(new Option("--bucket <name>", "with --aws: the evidence bucket").env("MFA_WARDEN_BUCKET"))
    .addOption(new Option("--lease <seconds>").argParser(wholeNumber(1)).default(60).hideHelp())
    .option("--json", "print one JSON object and nothing else");
}

/** With --aws: where the event queue is. */
export function withQueue(command: Command): Command {
  return command
    .addOption(new Option("--queue <url>", "with --aws: the event queue").env("MFA_WARDEN_QUEUE"))
    .addOption(new Option("--dead-queue <url>", "with --aws: its dead-letter queue").env("MFA_WARDEN_DEAD_QUEUE"));
}

/** With --aws: where reports go. */
export const withReports = (command: Command): Command =>
  command.addOption(new Option("--reports <name>", "with --aws: the bucket for reports").env("MFA_WARDEN_REPORTS"));

/** With --aws: where decisions on plans are taken. */
export const withApprovals = (command: Command): Command =>
  command.addOption(
    new Option("--approvals <address>", "with --aws: the address for decisions").env("MFA_WARDEN_APPROVALS"),
  );

/** With --aws: what signs. */
export const withSigningKey = (command: Command): Command =>
  command.addOption(
    new Option("--signing-key <id>", "with --aws: the KMS key that signs").env("MFA_WARDEN_SIGNING_KEY"),
  );

/** --policy, --secrets and what a run needs beside its state. */
export function withPolicy(command: Command): Command {
  return withSigningKey(withState(command))
    .addOption(policyOption())
    .addOption(
      pathOption(
        "--secrets <file>",
        `JSON file: directory id to secret; - reads standard input (default: ${workspaceFileName("secrets")}; with --aws: Secrets Manager)`,
      ).env("MFA_WARDEN_SECRETS_FILE"),
    )
    .addOption(
      new Option("--secrets-prefix <prefix>", "with --aws: stands before a secret's name").env("MFA_WARDEN_SECRETS"),
    )
    .addOption(new Option("--patience <ms>").argParser(wholeNumber(0)).default(30_000).hideHelp());
}

/** Throws `ERR_INPUT_INVALID` when something that `--aws` needs was not given. @param how to give it */
export function requireWithAws(value: string | undefined, how: string): string {
  if (value !== undefined && value !== "") return value;
  throw new WardenError("ERR_INPUT_INVALID", `With --aws, ${how} must say what to use.`);
}

/** The action's answer is the exit code. */
export function exitWith<A extends unknown[]>(work: (...args: A) => Promise<number>): (...args: A) => Promise<void> {
  return async (...args) => {
    process.exitCode = await work(...args);
  };
}
