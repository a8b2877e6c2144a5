/** A simulator as a process of its own: its command line, and the line on standard output that says where it is. */

import { parseArgs } from "node:util";
import { CONTROL_PATH } from "./control.ts";

export interface CommandLine {
  /** Undefined where the option is not given. */
  text(name: string): string | undefined;
  number(name: string): number | undefined;
  /** What every simulator can be told. */
  server: { port: number | undefined; pageSize: number | undefined; latency: number | undefined };
  /** The process ends with its parent. */
  withParent: boolean;
}

/** Reads the command line; throws for an unknown option. @param names the vendor's own options, each with a value */
export function readCommandLine(names: readonly string[]): CommandLine {
  const values = parseValues([...names, "port", "page-size", "latency"]);
  const text = (name: string) => {
    const value = values[name];
    return typeof value === "string" ? value : undefined;
  };
  const number = (name: string) => {
    const value = text(name);
    return value === undefined ? undefined : Number(value);
  };
  const server = { port: number("port"), pageSize: number("page-size"), latency: number("latency") };
  return { text, number, server, withParent: values["with-parent"] === true };
}

function parseValues(names: readonly string[]): Record<string, unknown> {
  const options = Object.fromEntries(names.map((name) => [name, { type: "string" as const }]));
  return parseArgs({ options: { ...options, "with-parent": { type: "boolean" } } }).values;
}

/** Says on one line of standard output where a simulator is, and closes it when the process is told to end. */
export function runUntilClosed(simulator: {
  origin: string;
  /** What is said besides the control address. */
  description: object;
  close: () => Promise<void>;
  withParent: boolean;
}): void {
  const { origin, description, close, withParent } = simulator;
  console.log(JSON.stringify({ ...description, control: `${origin}${CONTROL_PATH}` }));
  const end = () => void close().then(() => process.exit());
  process.once("SIGTERM", end);
  if (withParent) process.stdin.once("close", end).resume();
}
