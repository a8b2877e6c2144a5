/** What must hold once everything is calm again: of the world, by the policy; of the ledger, by what the vendors' servers saw. */
import assert from "node:assert/strict";
import type { DirectoryRecord, HistoryEvent, PlanRecord } from "../../lib/model/index.ts";
import type { User } from "../../simulators/pingone/index.ts";
import type { ChaosWorld } from "./chaos-world.ts";

const WORKFORCE = "workforce";
const ADMIN = /-adm@example\.com$/;

/** An account of PingOne by the policy, worked out from the vendor's truth alone. */
interface Expected {
  readonly verdict: string;
  /** It must be on by now. */
  readonly mustBeOn: boolean;
  /** We may never have switched it. */
  readonly untouchable: boolean;
}

export function expectedOf({ wanted }: ChaosWorld, user: User): Expected {
  const { id, username, enabled: active, mfaEnabled: on, population } = user;
  const untouched = population === wanted.untouchedPopulation;
  const requirement = !untouched && ADMIN.test(username) ? wanted.administrators : "enabled";
  const hasDevice = user.devices.some(({ status }) => status === "ACTIVE");
  const isMet = on && (requirement === "enabled" || hasDevice);
  const untouchable = !active || untouched || wanted.exempt.has(id) || wanted.breakGlass.has(id);
  const mustBeOn = !untouchable && (hasDevice || wanted.withoutDevice === "enforce");
  return { verdict: verdictOf(), mustBeOn, untouchable };

  function verdictOf(): string {
    if (!active) return "out-of-scope";
    if (isMet) return "compliant";
    if (wanted.exempt.has(id)) return "exempt";
    return on ? "pending" : "violating";
  }
}

/** After a clean sweep in mode enforce, whose limits stop nothing. Answers how many records were compared. */
export async function assertSettled(world: ChaosWorld, directories: readonly DirectoryRecord[]): Promise<number> {
  for (const { id, status, problems } of directories)
    assert.equal(status, "completed", `${id} did not settle: ${JSON.stringify(problems)}`);
  let records = 0;
  for (const id of world.ids) records += await assertAccount(world, id);
  assertPrincipals(world);
  assertProfiles(world);
  return records;
}

async function assertAccount(world: ChaosWorld, id: string): Promise<number> {
  const user = world.pingone.find(id);
  const { state, events } = await world.ledger.readHistory(WORKFORCE, id);
  // Who left before any complete sweep had seen them has departed from nothing.
  if (!user) {
    assert.equal(state?.claim, undefined, `a claim is left open on ${id}, who left`);
    return 0;
  }
  assert.ok(state, `nothing is recorded of ${id}`);
  const { verdict, mustBeOn } = expectedOf(world, user);
  const seen = `${user.username} (${id}): ${JSON.stringify(state.judgement)} ${JSON.stringify(state.event)}`;
  if (mustBeOn) assert.ok(user.mfaEnabled, `should be on: ${seen}`);
  assert.equal(state.judgement.verdict, verdict, seen);
  assert.equal(state.claim, undefined, `a claim is left open on ${id}`);
  assertRecords(world, id, events);
  return events.filter(({ outcome }) => outcome !== undefined).length;
}

/** What the vendor's server saw of us, and what the history says, are one. */
function assertRecords({ pingone, undone }: ChaosWorld, id: string, events: readonly HistoryEvent[]): void {
  const made = pingone.switched.filter((one) => one.id === id);
  assert.ok(
    made.every(({ on }) => on),
    `${id} was switched off by us`,
  );
  const enforced = events.filter(({ outcome }) => outcome === "enforced");
  const unsure = events.filter(({ outcome }) => outcome === "unverified" || outcome === "failed");
  const told = `${made.length} changes at the vendor, ${JSON.stringify(made)}; on record ${JSON.stringify(events)}`;
  assert.ok(enforced.length <= made.length, `more changes on record than there were, of ${id}: ${told}`);
  // Of a process that died nobody can know a change that somebody undid before another process could look.
  const unseen = undone.filter((undoneId) => undoneId === id).length;
  assert.ok(enforced.length + unsure.length + unseen >= made.length, `a change of ${id} is not on record: ${told}`);
  for (const { before } of enforced) assert.equal(before?.enabled, false, `the state before is not kept, of ${id}`);
}

function assertPrincipals({ vmware, wanted }: ChaosWorld): void {
  if (!wanted.vmware) return;
  for (const username of ["ops@example.com", "ci@example.com"]) {
    const { activated, turnedOn, locked } = vmware.principal(username);
    assert.equal(locked, false, `${username} is locked by wrong passwords`);
    if (activated) assert.equal(turnedOn, true, `${username} should be on`);
  }
}

function assertProfiles({ strata, wishes }: ChaosWorld): void {
  for (let index = 0; index < wishes; index++) {
    const { name, certificateProfile } = strata.wish(index);
    for (const [where, profiles] of Object.entries({ candidate: strata.candidate(), running: strata.running() })) {
      const profile = profiles.find((one) => one.name === name);
      assert.equal(profile?.mfa_cert_profile, certificateProfile, `${name} is not as wanted in the ${where}`);
    }
  }
}

/** While it went on: never what is protected, never more than the limit of a day, and every plan has come to an end. */
export async function assertNothingRanAway(world: ChaosWorld, runs: readonly string[]): Promise<void> {
  const { pingone, wanted } = world;
  for (const { id } of pingone.switched) {
    const user = pingone.find(id);
    if (user) assert.ok(!isProtected(world, user), `${id} is protected and was changed`);
  }
  const { perDay } = wanted.limits;
  assert.ok(pingone.switched.length <= perDay, `${pingone.switched.length} changes, and ${perDay} are allowed a day`);
  const plans: PlanRecord[] = (await Promise.all(runs.map((run) => world.ledger.readPlans(run)))).flat();
  const waiting = plans.filter(({ status, directory }) => status === "waiting" && directory === WORKFORCE);
  assert.ok(waiting.length <= 1, `${waiting.length} plans of one directory wait`);
}

const isProtected = ({ wanted }: ChaosWorld, { id, population }: User): boolean =>
  wanted.exempt.has(id) || wanted.breakGlass.has(id) || population === wanted.untouchedPopulation;
