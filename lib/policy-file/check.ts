/** Checks a policy as written: its grammar, and what only shows across its parts. Finds everything in one go. */

import * as v from "valibot";
import { daysBetween, foldId, foldName } from "../policy/index.ts";
import { type Finding, finding, type Path } from "./finding.ts";
import { directorySchema, exemptionSchema, freezeSchema, limitsSchema, policySchema, type Vendors } from "./grammar.ts";
import { checkNotices } from "./notices.ts";
import { findUnknownDirectory, listAt, type Part, repeatedParts, valueAt, wellFormedParts } from "./part.ts";
import { checkPeople } from "./people.ts";
import { checkRules } from "./rule.ts";
import { findSecrets } from "./secret.ts";
import { findInvalidFields, findViolations } from "./shape.ts";

type Exemption = v.InferOutput<typeof exemptionSchema>;

/** Everything that is wrong, at most one finding a place. Takes unknown keys out of the value. */
export function checkPolicy(written: unknown, vendors: Vendors): Finding[] {
  const secrets = findSecrets(written);
  const shape = findInvalidFields(policySchema(vendors), written);
  const directories = listAt(written, "directories");
  const known: ReadonlySet<unknown> = new Set(directories.map((directory) => valueAt(directory, "id")));
  return firstOfEachPlace([
    ...secrets,
    ...shape,
    ...checkDirectories(directories, vendors),
    ...checkRules(listAt(written, "rules"), known),
    ...checkExemptions(listAt(written, "exemptions"), known, exemptionDays(written)),
    ...checkAdministrators(listAt(written, "administrators"), known),
    ...checkNotices(written),
    ...checkFreeze(listAt(written, "freeze"), known),
    ...checkBreakGlass(listAt(written, "breakGlass"), known),
    ...checkPeople(valueAt(written, "people"), known),
    ...checkSchedules(listAt(valueAt(written, "deploy"), "schedules"), known),
  ]);
}

function checkDirectories(directories: readonly unknown[], vendors: Vendors): Finding[] {
  const ids = directories.map((directory, index): Part<unknown> => [index, valueAt(directory, "id")]);
  const doubles = repeatedParts(ids, (id) => id);
  return [
    ...doubles.map(([index, first]) => finding(["directories", index, "id"], `directories[${first}] has the same id`)),
    ...directories.flatMap((directory, index) => [
      ...checkEndpoints(valueAt(directory, "endpoints"), ["directories", index, "endpoints"]),
      // With a vendor that nobody knows the grammar cannot look at the rest.
      ...(Object.hasOwn(vendors, String(valueAt(directory, "vendor")))
        ? []
        : findViolations(directorySchema, directory, ["directories", index])),
    ]),
  ];
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

function checkEndpoints(endpoints: unknown, path: Path): Finding[] {
  if (typeof endpoints !== "object" || endpoints === null) return [];
  return Object.entries(endpoints).flatMap(([key, address]) => {
    const url = URL.parse(String(address));
    const safe = url?.protocol === "https:" || (url?.protocol === "http:" && LOOPBACK.test(url.hostname));
    return safe ? [] : [finding([...path, key], "is neither an https address nor plain http to this machine itself")];
  });
}

function exemptionDays(written: unknown): number {
  const limits = v.safeParse(limitsSchema, valueAt(written, "limits") ?? {});
  return limits.success ? limits.output.exemptionDays : Number.POSITIVE_INFINITY;
}

function checkExemptions(list: readonly unknown[], known: ReadonlySet<unknown>, days: number): Finding[] {
  const exemptions = wellFormedParts(exemptionSchema, list);
  return [
    ...list.flatMap((exemption, index) =>
      findUnknownDirectory(valueAt(valueAt(exemption, "account"), "id"), ["exemptions", index, "account", "id"], known),
    ),
    ...exemptions.flatMap(([index, { from, until }]) =>
      checkDuration(from, until, days, ["exemptions", index, "until"]),
    ),
    ...checkOverlaps(exemptions),
    ...exemptions.flatMap(([index, exemption]) => checkApprover(exemption, ["exemptions", index, "approvedBy"])),
  ];
}

function checkDuration(from: string, until: string, days: number, path: Path): Finding[] {
  const span = daysBetween(from, until);
  if (span < 1) return [finding(path, `${until} is before its \`from\`, ${from}`)];
  return span <= days ? [] : [finding(path, `lasts ${span} days; limits.exemptionDays allows ${days}`)];
}

function checkApprover({ account, approvedBy }: Exemption, path: Path): Finding[] {
  const exempted = [account.username, account.id.slice(account.id.indexOf("/") + 1)].map(personOf);
  return exempted.includes(personOf(approvedBy))
    ? [finding(path, "is the exempted person; somebody else must allow it")]
    : [];
}

/** A user name, or what stands before the @ of one: the same person may be written either way. */
const personOf = (name: string | undefined): string | undefined => name && foldName(name).split("@", 1)[0];

const checkOverlaps = (exemptions: readonly Part<Exemption>[]): Finding[] =>
  [...Map.groupBy(exemptions, ([, { account }]) => account.id).values()].flatMap(findOverlaps);

function findOverlaps(same: readonly Part<Exemption>[]): Finding[] {
  const findings: Finding[] = [];
  const [first, ...later] = same.toSorted(([, a], [, b]) => (a.from < b.from ? -1 : 1));
  let longest = first;
  for (const part of later) {
    if (longest !== undefined && part[1].from <= longest[1].until)
      findings.push(finding(["exemptions", part[0], "from"], `overlaps exemptions[${longest[0]}] of the same account`));
    if (longest !== undefined && part[1].until > longest[1].until) longest = part;
  }
  return findings;
}

function checkAdministrators(entries: readonly unknown[], known: ReadonlySet<unknown>): Finding[] {
  return entries.flatMap((entry, index) => {
    const path = ["administrators", index];
    return [
      ...findUnknownDirectory(valueAt(entry, "group"), [...path, "group"], known),
      ...findUnknownDirectory(valueAt(entry, "population"), [...path, "population"], known),
      ...findUnknownDirectory(valueAt(valueAt(entry, "account"), "id"), [...path, "account", "id"], known),
    ];
  });
}

function checkFreeze(list: readonly unknown[], known: ReadonlySet<unknown>): Finding[] {
  const misnamed = list.flatMap((window, index) =>
    listAt(window, "directories").flatMap((id, position) =>
      findUnknownDirectory(id, ["freeze", index, "directories", position], known),
    ),
  );
  const reversed = wellFormedParts(freezeSchema, list).filter(([, { from, until }]) => daysBetween(from, until) < 1);
  return [
    ...misnamed,
    ...reversed.map(([index, { from, until }]) =>
      finding(["freeze", index, "until"], `${until} is before its \`from\`, ${from}`),
    ),
  ];
}

function checkBreakGlass(list: readonly unknown[], known: ReadonlySet<unknown>): Finding[] {
  const ids = list.map((account, index): Part<unknown> => [index, valueAt(account, "id")]);
  return [
    ...ids.flatMap(([index, id]) => findUnknownDirectory(id, ["breakGlass", index, "id"], known)),
    ...repeatedParts(ids, (id) => (typeof id === "string" ? foldId(id) : undefined)).map(([index, first]) =>
      finding(["breakGlass", index, "id"], `breakGlass[${first}] is the same account`),
    ),
  ];
}

function checkSchedules(schedules: readonly unknown[], known: ReadonlySet<unknown>): Finding[] {
  return schedules.flatMap((schedule, index) =>
    listAt(schedule, "directories").flatMap((id, position) =>
      findUnknownDirectory(id, ["deploy", "schedules", index, "directories", position], known),
    ),
  );
}

/** Whatever else is wrong at a place may be a consequence of the first; what is inside a secret does not matter. */
function firstOfEachPlace(findings: readonly Finding[]): Finding[] {
  const places = new Map<string, Finding>();
  for (const found of findings) {
    const place = JSON.stringify(found.path);
    if (!places.has(place)) places.set(place, found);
  }
  return [...places.values()];
}
