/** Shows a person: the weakest way in first, then all accounts, and from which sweeps that is known. */

import type { FoundPeople, Person } from "../../lib/report/index.ts";
import { results } from "../terminal/output.ts";
import { bold, dim, green, type Piece, red, yellow } from "../terminal/piece.ts";
import { verdictPiece } from "../terminal/verdict-text.ts";

export function showPeople(name: string, { people, notJoined, basis, missing }: FoundPeople): void {
  if (people.length > 1) results.line(yellow(`${people.length} people are known by ${name}.`));
  for (const person of people) showPerson(person);
  for (const { directory, id, username, why } of notJoined)
    results.line(yellow("not joined"), ` ${directory}/${id} (${username}): ${why}`);
  results.line();
  for (const { directory, run, endedAt, manifest } of basis)
    results.line(dim(`${directory}: run ${run}, ended ${endedAt}, manifest ${manifest}`));
  for (const { directory, why } of missing) results.line(red("missing"), ` ${directory}: ${why}`);
}

function showPerson(person: Person): void {
  const { id, accounts } = person;
  const [weakest] = accounts;
  results.line(bold(weakest?.username ?? id), "  ", coveragePiece(person), dim(`  person ${id}`));
  if (weakest && !weakest.disabled && person.coverage !== "ambiguous")
    results.line(
      "weakest way in: ",
      bold(`${weakest.directory}/${weakest.id}`),
      "  ",
      verdictPiece(weakest),
      `  ${weakest.why}`,
    );
  results.line();
  results.table(
    [{ head: "directory" }, { head: "account" }, { head: "id" }, { head: "verdict" }, { head: "since" }],
    accounts.map((account): Piece[] => [
      account.directory,
      account.username,
      account.id,
      account.disabled ? dim("disabled") : verdictPiece(account),
      account.since,
    ]),
  );
}

function coveragePiece({ coverage, accounts }: Person): Piece {
  const of = `of ${accounts.length} ${accounts.length === 1 ? "account" : "accounts"}`;
  if (coverage === "everywhere") return green(`covered everywhere (${of})`);
  if (coverage === "somewhere" || coverage === "nowhere") return red(`covered ${coverage} (${of})`);
  return yellow(coverage === "ambiguous" ? `ambiguous: not certain whose these are (${of})` : `${coverage} (${of})`);
}
