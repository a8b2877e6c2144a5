/** The facts that a listing leaves open: groups, per-user MFA where no list serves it, and methods of who was not found in the report. */

import * as v from "valibot";
import { mapConcurrently } from "../../concurrency.ts";
import { hasCode } from "../../errors.ts";
import {
  type Fact,
  type FactName,
  type Facts,
  knownFact,
  NOT_ASKED,
  type Subject,
  unknownFact,
} from "../../model/index.ts";
import { describeError } from "../doctor-check.ts";
import { uuid } from "../fields.ts";
import { tolerantReader } from "../tolerant-reader.ts";
import type { EntraApi } from "./api.ts";
import { type BatchAnswer, type BatchItem, readBatch } from "./batch.ts";
import type { EntraContext } from "./context.ts";
import { REQUIREMENTS_PATH, requirements } from "./per-user-mfa.ts";
import type { RegistrationReport } from "./registration-report.ts";
import { listOf, withId } from "./schema.ts";
import { mfaFacts } from "./subject.ts";

/** So many accounts of one asking are looked up in the report, which takes one in two seconds. */
const MAX_REPORT_READS = 25;
const TOO_MANY = unknownFact(
  `more than ${MAX_REPORT_READS} accounts of one page are not at their place in Entra's registration report`,
);

/** The same subjects, in the same order, with the wanted facts. */
export async function completeFacts(
  context: EntraContext,
  subjects: readonly Subject[],
  wanted: readonly FactName[],
  signal: AbortSignal,
): Promise<Subject[]> {
  const lacks = (name: "enabled" | "bypass") =>
    wanted.includes(name) && subjects.some(({ facts }) => facts[name] === NOT_ASKED);
  const [groups, switches, devices] = await Promise.all([
    wanted.includes("groups") ? readGroups(context.api, subjects, signal) : undefined,
    lacks("enabled") || lacks("bypass") ? readSwitches(context, subjects, signal) : undefined,
    wanted.includes("devices") ? readMissingDevices(context.report, subjects, signal) : undefined,
  ]);
  return subjects.map((subject, index) => {
    const { facts } = subject;
    return {
      ...subject,
      facts: {
        ...facts,
        ...openOnly(facts, switches?.[index]),
        devices: devices?.get(subject.id) ?? facts.devices,
        groups: groups?.[index] ?? facts.groups,
      },
    };
  });
}

type SwitchFacts = ReturnType<typeof mfaFacts>;

/** Of these, what nobody has asked for yet. */
const openOnly = (facts: Facts, found: SwitchFacts | undefined): Partial<SwitchFacts> => ({
  ...(found && facts.enabled === NOT_ASKED && { enabled: found.enabled }),
  ...(found && facts.bypass === NOT_ASKED && { bypass: found.bypass }),
});

async function readSwitches(
  { api, tenant, perUserMfa }: EntraContext,
  subjects: readonly Subject[],
  signal: AbortSignal,
): Promise<SwitchFacts[]> {
  const items = subjects.map(({ id }) => itemOf(api, REQUIREMENTS_PATH, id, ""));
  const [answers, state] = await Promise.all([readBatch(api, "beta", items, signal), tenant.state(signal)]);
  return answers.map((answer) => {
    const read = readAnswer(answer, requirements);
    if (read.known) return mfaFacts({ tenant: state, perUserMfa, state: read.value.perUserMfaState ?? null });
    return { enabled: read, bypass: read };
  });
}

const GROUPS_PATH = "/v1.0/users/{id}/transitiveMemberOf/microsoft.graph.group";
const groupList = listOf(withId);

/** Of every group that the account is in, also by way of other groups. */
async function readGroups(
  api: EntraApi,
  subjects: readonly Subject[],
  signal: AbortSignal,
): Promise<Fact<readonly string[]>[]> {
  const items = subjects.map(({ id }) => itemOf(api, GROUPS_PATH, id, "?$select=id&$top=999"));
  const answers = await readBatch(api, "v1.0", items, signal);
  return mapConcurrently(answers, 4, async (answer) => {
    const read = readAnswer(answer, groupList);
    if (!read.known) return read;
    const ids = read.value.value.map(({ id }) => id);
    const url = read.value["@odata.nextLink"];
    if (url === undefined) return knownFact(ids);
    for await (const { value } of api.pages({ path: GROUPS_PATH, url, schema: groupList, signal }))
      ids.push(...value.map(({ id }) => id));
    return knownFact(ids);
  });
}

function itemOf(api: EntraApi, path: string, id: string, query: string): BatchItem {
  if (!v.is(uuid, id)) throw api.vendorError("ERR_VENDOR_NOT_FOUND", { method: "GET", path }, "has no such id");
  return { path, url: path.replace(/^\/[^/]+/, "").replace("{id}", id) + query };
}

/** What one account's answer brought; a refused credential ends it all. */
function readAnswer<S extends v.GenericSchema>(answer: BatchAnswer, schema: S): Fact<v.InferOutput<S>> {
  if (!answer.ok) {
    if (hasCode(answer.error, "ERR_VENDOR_AUTH")) throw answer.error;
    return unknownFact(describeError(answer.error));
  }
  const read = v.safeParse(schema, answer.body);
  return read.success ? knownFact(read.output) : unknownFact("Entra answered without a readable field");
}

/** One after the other, since the report's limit would keep them waiting anyway. */
async function readMissingDevices(
  report: RegistrationReport,
  subjects: readonly Subject[],
  signal: AbortSignal,
): Promise<Map<string, Facts["devices"]>> {
  const readOrUnknown = tolerantReader();
  const found = new Map<string, Facts["devices"]>();
  let reads = 0;
  for (const { id, facts } of subjects) {
    if (facts.devices !== NOT_ASKED) continue;
    const known = report.find(id);
    if (known === undefined) reads += 1;
    found.set(id, known ?? (reads > MAX_REPORT_READS ? TOO_MANY : await readOrUnknown(report.read(id, signal))));
  }
  return found;
}
