/** The people of the simulated PingOne: each follows from an index and the seed alone, so that no table is kept. */

import { ADMINISTRATORS, DAY_MS, draw, drawAge, drawDevices, drawGroups, drawPopulation, pick } from "./draws.ts";
import { accountId, accountIndex, mix, namedId } from "./ids.ts";
import type { Device, Named, Person } from "./people.ts";

export interface People {
  populations: Named[];
  groups: Named[];
  indexOf(id: string): number | undefined;
  populationOf(index: number): string;
  describe(index: number): Person;
  devicesOf(index: number): Device[];
}

/** What all people of one seed have in common. */
interface Seed {
  key: number;
  /** Midnight in ms. */
  today: number;
  mfaEnabledShare: number;
  populations: Named[];
  groups: Named[];
}

/** Derives people from a seed; `now` (ms) is cut to the day, so that one day's runs agree on every date. */
export function seedPeople(options: { seed: number; now: number; mfaEnabledShare: number }): People {
  const key = mix(options.seed + 1);
  const seed: Seed = {
    key,
    today: Math.floor(options.now / DAY_MS) * DAY_MS,
    mfaEnabledShare: options.mfaEnabledShare,
    populations: nameAll(["Employees", "Contractors", "Administrators"], 100, key),
    groups: nameAll(["Service accounts", "Helpdesk"], 200, key),
  };
  return {
    populations: seed.populations,
    groups: seed.groups,
    indexOf: (id) => accountIndex(id, key),
    populationOf: (index) => idAt(seed.populations, drawPopulation(key, index)),
    describe: (index) => describePerson(seed, index),
    devicesOf: (index) => drawDevices(key, index),
  };
}

function nameAll(names: string[], firstNumber: number, key: number): Named[] {
  return names.map((name, n) => ({ id: namedId(firstNumber + n, key), name }));
}

function idAt(values: Named[], n: number): string {
  return values[n]?.id ?? "";
}

const GIVEN_NAMES =
  "ada alan barbara claude dennis edsger frances grace hedy ken linus margaret niklaus radia tim".split(" ");
const FAMILY_NAMES =
  "allen berners cerf dijkstra hamilton hopper kay lamarr lovelace perlman ritchie turing wirth".split(" ");

function describePerson({ key, today, mfaEnabledShare, populations, groups }: Seed, index: number): Person {
  const given = pick(GIVEN_NAMES, draw(key, index, "given"));
  const family = pick(FAMILY_NAMES, draw(key, index, "family"));
  const population = drawPopulation(key, index);
  const email = `${given}.${family}.${index}${population === ADMINISTRATORS ? "-adm" : ""}@example.com`;
  const createdAt = new Date(today - drawAge(key, index)).toISOString();
  return {
    id: accountId(index, key),
    index,
    username: awkwardName(index) ?? email,
    email,
    given: capitalise(given),
    family: capitalise(family),
    enabled: draw(key, index, "enabled") >= 0.02,
    mfaEnabled: draw(key, index, "mfaEnabled") < mfaEnabledShare,
    population: idAt(populations, population),
    groups: drawGroups(key, index).map((n) => idAt(groups, n)),
    createdAt,
    updatedAt: createdAt,
  };
}

function capitalise(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

const awkwardNames: ((index: number) => string)[] = [
  (index) => `😀.🧑‍💻.${index}@example.com`,
  (index) => `\u202Emoc.elpmaxe\u202C.${index}\u200F@example.com`,
  (index) => `line\nbreak\r\n.${index}@example.com`,
  (index) => `.${index}@example.com`.padStart(300, "long"),
  (index) => (index < 40 ? "__proto__" : `__proto__.${index}`),
  (index) => `\u001b[31mred\u001b[0m.${index}@example.com`,
];

// Small populations must meet every kind, large ones a few per thousand.
function awkwardName(index: number): string | undefined {
  if (index < 40) return index % 6 === 5 ? awkwardNames[(index - 5) / 6]?.(index) : undefined;
  return index % 400 === 5 ? awkwardNames[Math.floor(index / 400) % awkwardNames.length]?.(index) : undefined;
}
