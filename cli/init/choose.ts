/** Which of the groups and populations that the vendor listed a rule is to be for. */

import { WardenError } from "../../lib/errors.ts";
import { type Collection, omitUndefined } from "../../lib/model/index.ts";
import type { Interview } from "../terminal/interview.ts";
import { errors } from "../terminal/output.ts";
import type { TenantView } from "./meet-tenant.ts";
import type { TenantAnswers } from "./template.ts";

const QUESTIONS = {
  administrators: "Administrators, who need a device: which of these (number; Enter alone: none)",
  service: "Accounts that no person signs in with: which of these (number; Enter alone: none)",
} as const;

/** What a flag names, by id or name; asked for where it does not. */
export type WantedCollections = Readonly<Record<keyof typeof QUESTIONS, string | undefined>>;

/** Throws `ERR_INPUT_INVALID` for a name that the vendor did not list. @param view `undefined` where the vendor was not asked */
export async function chooseCollections(
  view: TenantView | undefined,
  wanted: WantedCollections,
  interview: Interview | undefined,
): Promise<TenantAnswers> {
  const collections = view?.collections ?? [];
  const choose = async (role: keyof WantedCollections) => {
    const text = wanted[role];
    if (text !== undefined) return findCollection(view, role, text);
    return interview && collections.length > 0 ? askCollection(interview, QUESTIONS[role], collections) : undefined;
  };
  if (interview) showCollections(collections);
  const administrators = await choose("administrators");
  return omitUndefined({ accounts: view?.accounts, administrators, service: await choose("service") });
}

function showCollections(collections: readonly Collection[]): void {
  for (const [index, { kind, name, accounts }] of collections.entries())
    errors.line(
      `${`${index + 1}`.padStart(4)}  ${kind} ${name}${accounts === undefined ? "" : ` (${accounts} accounts)`}`,
    );
}

async function askCollection(
  interview: Interview,
  question: string,
  collections: readonly Collection[],
): Promise<Collection | undefined> {
  const chosen = (answer: string) => (/^\d+$/.test(answer) ? collections[Number(answer) - 1] : undefined);
  const problemOf = (answer: string) =>
    answer === "" || chosen(answer) ? undefined : `It must be a number from 1 to ${collections.length}, or nothing.`;
  return chosen(await interview.ask(question, { problemOf }));
}

function findCollection(view: TenantView | undefined, role: string, text: string): Collection {
  if (view === undefined)
    throw refusal(
      `--${role} is looked up at the vendor, and there is no credential yet; put it into secrets.json first.`,
    );
  const { collections } = view;
  const [found, another] = collections.filter(({ id, name }) => id === text || name === text);
  if (found && another === undefined) return found;
  if (found) throw refusal(`--${role}: several are called ${text}; name one by its id.`);
  const names = collections.map(({ name }) => name).join(", ");
  throw refusal(`--${role}: there is no group or population ${text}. There are: ${names || "none"}.`);
}

const refusal = (message: string) => new WardenError("ERR_INPUT_INVALID", message);
