/** The people of the simulated PingOne: each follows from an index and the seed alone, so that no table is kept. */

export interface Named {
  id: string;
  name: string;
}

/** A device as a test may state it; what is left out is filled in when it is shown. `status`: ACTIVE, ACTIVATION_REQUIRED. */
export interface Device {
  type: string;
  status: string;
  id?: string;
  block?: { status: string };
  lock?: { status: string; expiresAt?: string };
  createdAt?: string;
}

/** An account without its devices. `population` and `groups` hold ids, times are ISO 8601 in UTC. */
export interface Person {
  id: string;
  index: number;
  username: string;
  email: string;
  given: string;
  family: string;
  enabled: boolean;
  mfaEnabled: boolean;
  population: string;
  groups: string[];
  createdAt: string;
  updatedAt: string;
}

/** An account as it truly is, whatever a fault makes the API say about it. */
export interface User extends Person {
  devices: Device[];
}

export interface People {
  populations: Named[];
  groups: Named[];
  idOf(index: number): string;
  indexOf(id: string): number | undefined;
  populationOf(index: number): string;
  describe(index: number): Person;
  devicesOf(index: number): Device[];
}

const dayLength = 86_400_000;
const recentDays = 5;
const oldestDays = 3 * 365;

const givenNames =
  "ada alan barbara claude dennis edsger frances grace hedy ken linus margaret niklaus radia tim".split(" ");
const familyNames =
  "allen berners cerf dijkstra hamilton hopper kay lamarr lovelace perlman ritchie turing wirth".split(" ");

// What a draw is for; two draws about one account must not depend on each other.
const aspects = {
  population: 1,
  enabled: 2,
  mfaEnabled: 3,
  service: 4,
  helpdesk: 5,
  given: 6,
  family: 7,
  recent: 8,
  age: 9,
  devices: 10,
  firstType: 11,
  secondType: 12,
  second: 13,
};

/** Derives people from a seed; `now` (ms) is cut to the day, so that one day's runs agree on every date. */
export function seedPeople(options: { seed: number; now: number; mfaEnabledShare: number }): People {
  const key = mix(options.seed + 1);
  const today = Math.floor(options.now / dayLength) * dayLength;
  const populations = ["Employees", "Contractors", "Administrators"].map((name, n) => named(name, key, 100 + n));
  const groups = ["Service accounts", "Helpdesk"].map((name, n) => named(name, key, 200 + n));
  const draw = (index: number, aspect: number) => mix(mix(index ^ key) + Math.imul(aspect, 0x9e3779b1)) / 2 ** 32;
  const rank = (index: number) => rankPopulation(draw(index, aspects.population));
  const idOf = (index: number) => formatId(mix(index ^ key));

  return {
    populations,
    groups,
    idOf,
    indexOf: (id) => {
      const index = (unmix(Number.parseInt(id.slice(0, 8), 16)) ^ key) >>> 0;
      return idOf(index) === id ? index : undefined;
    },
    populationOf: (index) => idAt(populations, rank(index)),
    describe: (index) => {
      const given = pick(givenNames, draw(index, aspects.given));
      const family = pick(familyNames, draw(index, aspects.family));
      const email = `${given}.${family}.${index}${rank(index) === 2 ? "-adm" : ""}@example.com`;
      const createdAt = new Date(today - ageOf(draw(index, aspects.recent), draw(index, aspects.age))).toISOString();
      return {
        id: idOf(index),
        index,
        username: awkwardName(index) ?? email,
        email,
        given: capitalise(given),
        family: capitalise(family),
        enabled: draw(index, aspects.enabled) >= 0.02,
        mfaEnabled: draw(index, aspects.mfaEnabled) < options.mfaEnabledShare,
        population: idAt(populations, rank(index)),
        groups: [draw(index, aspects.service) < 0.01, draw(index, aspects.helpdesk) < 0.03].flatMap((member, n) =>
          member ? [idAt(groups, n)] : [],
        ),
        createdAt,
        updatedAt: createdAt,
      };
    },
    devicesOf: (index) => drawDevices((aspect) => draw(index, aspect), rank(index) === 2),
  };
}

function rankPopulation(share: number): number {
  if (share < 0.85) return 0;
  return share < 0.97 ? 1 : 2;
}

function ageOf(recent: number, age: number): number {
  const days = recent < 0.01 ? age * recentDays : recentDays + age * (oldestDays - recentDays);
  return Math.floor(days * dayLength);
}

const everydayTypes = ["MOBILE", "MOBILE", "MOBILE", "TOTP", "TOTP", "SMS", "SMS", "EMAIL", "VOICE", "FIDO2"];
const administratorTypes = [...Array<string>(9).fill("FIDO2"), "TOTP"];

function drawDevices(draw: (aspect: number) => number, administrator: boolean): Device[] {
  const type = pick(administrator ? administratorTypes : everydayTypes, draw(aspects.firstType));
  const share = draw(aspects.devices);
  if (share >= 0.97) return [];
  if (share >= 0.94) return [{ type, status: "ACTIVATION_REQUIRED" }];
  if (share >= 0.92) return [{ type, status: "ACTIVE", block: { status: "BLOCKED" } }];
  const second = { type: pick(everydayTypes, draw(aspects.secondType)), status: "ACTIVE" };
  return draw(aspects.second) < 0.2 ? [{ type, status: "ACTIVE" }, second] : [{ type, status: "ACTIVE" }];
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

/** Murmur3's finaliser: spreads well, costs nothing, and is a bijection of 32-bit numbers, so ids lead back. */
function mix(value: number): number {
  const a = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  const b = Math.imul(a ^ (a >>> 13), 0xc2b2ae35);
  return (b ^ (b >>> 16)) >>> 0;
}

function unmix(value: number): number {
  const a = Math.imul(value ^ (value >>> 16), 0x7ed1b41d);
  const b = Math.imul(a ^ (a >>> 13) ^ (a >>> 26), 0xa5cb9243);
  return (b ^ (b >>> 16)) >>> 0;
}

function formatId(head: number): string {
  const [a, b, c] = [mix(head ^ 0x5bd1e995), mix(head ^ 0x1b873593), mix(head ^ 0x2545f491)];
  const version = 0x4000 | (a & 0xfff);
  const variant = 0x8000 | (b & 0x3fff);
  return `${hex(head >>> 16)}${hex(head)}-${hex(a >>> 16)}-${hex(version)}-${hex(variant)}-${hex(b >>> 16)}${hex(c >>> 16)}${hex(c)}`;
}

// Looked up, because a page of a thousand accounts needs eight thousand of them.
const hexes = Array.from({ length: 65_536 }, (_, value) => value.toString(16).padStart(4, "0"));

function hex(value: number): string {
  return hexes[value & 0xffff] ?? "";
}

function named(name: string, key: number, n: number): Named {
  return { id: formatId(mix(key + Math.imul(n, 0x9e3779b1))), name };
}

function pick(values: string[], share: number): string {
  return values[Math.floor(share * values.length)] ?? "";
}

function idAt(values: Named[], n: number): string {
  return values[n]?.id ?? "";
}

function capitalise(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
