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
  /** The index of an account's population. */
  drawPopulation(index: number): number;
}

/** What people follow from. */
export interface SeedOptions {
  seed: number;
  /** In ms. */
  now: number;
  mfaEnabledShare: number;
  /** So many populations, each with as many people as any other; default: three of very different size. */
  equalPopulations?: number | undefined;
}

/** Derives people from a seed; `now` (ms) is cut to the day, so that one day's runs agree on every date. */
export function seedPeople(options: SeedOptions): People {
  const { equalPopulations: count } = options;
  const key = mix(options.seed + 1);
  const seed: Seed = {
    key,
    today: Math.floor(options.now / DAY_MS) * DAY_MS,
    mfaEnabledShare: options.mfaEnabledShare,
    populations: count === undefined ? nameAll(POPULATIONS, 100, key) : nameAll(numberedNames(count), 1_000, key),
    groups: nameAll(["Service accounts", "Helpdesk"], 200, key),
    drawPopulation: (index) => (count === undefined ? drawPopulation(key, index) : index % count),
  };
  return {
    populations: seed.populations,
    groups: seed.groups,
    indexOf: (id) => accountIndex(id, key),
    populationOf: (index) => idAt(seed.populations, seed.drawPopulation(index)),
    describe: (index) => describePerson(seed, index),
    devicesOf: (index) => drawDevices(key, index),
  };
}

const POPULATIONS = ["Employees", "Contractors", "Administrators"];

const numberedNames = (count: number) => Array.from({ length: count }, (_, n) => `Population ${n + 1}`);

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

function describePerson(seed: Seed, index: number): Person {
  const { key, today, mfaEnabledShare, populations, groups } = seed;
  const given = pick(GIVEN_NAMES, draw(key, index, "given"));
  const family = pick(FAMILY_NAMES, draw(key, index, "family"));
  const isAdministrator = drawPopulation(key, index) === ADMINISTRATORS;
  const email = `${given}.${family}.${index}${isAdministrator ? "-adm" : ""}@example.com`;
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
    population: idAt(populations, seed.drawPopulation(index)),
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
