/** The figures and prices that costs rest on, as docs/cost.md has them in its tables: one place for people and for this. */
import { readFileSync } from "node:fs";
import { pathOf } from "../shared/processes.ts";

/** Looks up a number by its name. Throws for one that is not there. */
export type Lookup = (name: string) => number;

export const readCostGuide = (): string => readFileSync(pathOf("docs/cost.md"), "utf8");

/** The cells of every table of a text, its heads and rulers included. */
export const tableRows = (text: string): string[][] =>
  [...text.matchAll(/^\|(.+)\|$/gm)].map(([, row = ""]) => row.split("|").map((cell) => cell.trim()));

/** What stands under a heading, up to the next one. */
const sectionOf = (guide: string, heading: string): string => guide.split(`${heading}\n`)[1]?.split(/^#+ /m)[0] ?? "";

/** The numbers of the table under a heading, by the names in its first column. */
export function readNumbers(guide: string, heading: string): ReadonlyMap<string, number> {
  const numbers = tableRows(sectionOf(guide, heading)).map(([name = "", value]) => [name, Number(value)] as const);
  return new Map(numbers.filter(([, value]) => !Number.isNaN(value)));
}

/** @param changed what a policy says in place of a figure of the guide */
export function lookup(numbers: ReadonlyMap<string, number>, changed: Readonly<Record<string, number>> = {}): Lookup {
  return (name) => {
    const value = changed[name] ?? numbers.get(name);
    if (value !== undefined) return value;
    throw new Error(`docs/cost.md has no "${name}".`);
  };
}
