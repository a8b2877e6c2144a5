/** What a poll of the vendors' own logs puts onto the queue, what it says of what it may not have seen, and where it goes on. */
import assert from "node:assert/strict";
import { after, before, beforeEach, describe, test } from "node:test";
import { monotonicFactory } from "ulid";
import { openDirectory, vendors } from "../../lib/directories/index.ts";
import { WardenError } from "../../lib/errors.ts";
import { documentClient, dynamoLedger } from "../../lib/ledger/index.ts";
import type { SubjectEvent } from "../../lib/model/index.ts";
import { type PollPorts, type PollProblem, pollEvents } from "../../lib/poll/index.ts";
import { readMessage } from "../../lib/recheck/index.ts";
import { type Keycloak, startKeycloak } from "../../simulators/keycloak/index.ts";
import { keycloakDirectory } from "../directories/keycloak/fixture.ts";
import { drain, type Events, signal, startEvents } from "../recheck/events.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe("a poll", () => {
  let events: Events;
  let keycloak: Keycloak;
  let now = Date.parse("2026-11-20T12:00:00Z");
  let name = 0;
  let problems: PollProblem[] = [];
  const counts: Record<string, number> = {};

  before(async () => {
    events = await startEvents();
  });
  after(() => events.close());
  beforeEach(async (context) => {
    now += HOUR;
    name += 1;
    problems = [];
    for (const key of Object.keys(counts)) delete counts[key];
    keycloak = await startKeycloak({ accounts: 5, otpShare: 1, now: () => now });
    if ("after" in context) context.after(() => keycloak.close());
  });

  /** Each test's directory has a name of its own, and so a cursor of its own. */
  const portsOf = (more: Partial<PollPorts> = {}): PollPorts => ({
    directories: [`staff-${name}`],
    queue: events.queue,
    ledger: dynamoLedger({
      client: documentClient(events.stack.clients.dynamodb),
      table: events.stack.table,
      clock: () => now,
      ulid: monotonicFactory(),
    }),
    open: async (id) => {
      const access = keycloakDirectory(keycloak);
      return openDirectory("keycloak", { id, ...access, secretVersion: "1", fetch, clock: () => now });
    },
    onProblem: (problem) => problems.push(problem),
    count: (what, n) => {
      counts[what] = (counts[what] ?? 0) + n;
    },
    ...more,
  });

  /** What is on the queue after one more poll, some minutes later. */
  async function poll(minutes = 1, more: Partial<PollPorts> = {}): Promise<SubjectEvent[]> {
    now += minutes * MINUTE;
    await pollEvents(portsOf(more), signal);
    return (await drain(events.queue)).flatMap(({ body }) => readMessage(body));
  }
  const subjectsOf = (found: readonly SubjectEvent[]) => [...new Set(found.map(({ subject }) => subject))].toSorted();

  test("names who did something, and to whom something was done, once", async () => {
    assert.deepEqual(await poll(), []);
    const [own, changed, left] = [keycloak.account(0), keycloak.account(1), keycloak.account(2)];
    keycloak.unregister(own.id, "otp");
    keycloak.change(changed.id, { enabled: false });
    keycloak.leave(left.id);
    const found = await poll();
    assert.deepEqual(subjectsOf(found), [own.id, changed.id, left.id].toSorted());
    assert.ok(found.every(({ at, directory }) => at !== undefined && directory === `staff-${name}`));
    assert.deepEqual(await poll(), [], "the next poll is shown them again, and knows them");
    assert.deepEqual(problems, []);
  });

  test("sees an event that is stored late, with a time before the last one", async () => {
    await poll();
    keycloak.unregister(keycloak.account(0).id, "otp");
    await poll();
    now -= MINUTE / 2;
    keycloak.unregister(keycloak.account(1).id, "otp");
    now += MINUTE / 2;
    assert.deepEqual(subjectsOf(await poll()), [keycloak.account(1).id]);
  });

  test("goes on where it stopped, however long that was", async () => {
    await poll();
    keycloak.unregister(keycloak.account(0).id, "otp");
    now += 30 * HOUR;
    keycloak.unregister(keycloak.account(1).id, "otp");
    assert.deepEqual(subjectsOf(await poll()), [keycloak.account(0).id, keycloak.account(1).id].toSorted());
  });

  test("reads more events than one answer holds", async () => {
    await poll();
    for (let n = 0; n < 1200; n++) keycloak.change(keycloak.account(n % 5).id, { enabled: true });
    assert.equal((await poll()).length, 1200);
    assert.deepEqual(problems, []);
  });

  test("keeps no cursor when the queue does not take what was found, so that the next poll finds it again", async () => {
    await poll();
    keycloak.unregister(keycloak.account(0).id, "otp");
    const broken = { ...events.queue, send: () => Promise.reject(new WardenError("ERR_QUEUE_UNAVAILABLE", "down")) };
    assert.deepEqual(await poll(1, { queue: broken }), []);
    assert.deepEqual(
      problems.map(({ code }) => code),
      ["ERR_QUEUE_UNAVAILABLE"],
    );
    assert.deepEqual(subjectsOf(await poll()), [keycloak.account(0).id]);
  });

  test("one directory's trouble is told and is not the others'", async () => {
    const open: PollPorts["open"] = async (id, given) => {
      if (id === "broken") throw new WardenError("ERR_SECRET_MISSING", "There is no secret.");
      return portsOf().open(id, given);
    };
    const directories = ["broken", `staff-${name}`];
    await poll(1, { directories, open });
    keycloak.unregister(keycloak.account(0).id, "otp");
    assert.deepEqual(subjectsOf(await poll(1, { directories, open })), [keycloak.account(0).id]);
    assert.deepEqual(
      new Set(problems.map(({ code, directory }) => `${code} ${directory}`)),
      new Set(["ERR_SECRET_MISSING broken"]),
    );
  });

  const gapAfter = async (work: () => void, minutes = 1): Promise<string> => {
    keycloak.unregister(keycloak.account(0).id, "otp");
    keycloak.change(keycloak.account(0).id, { enabled: true });
    await poll();
    assert.deepEqual(problems, []);
    work();
    await poll(minutes);
    return problems.map(({ code, message }) => `${code}: ${message}`).join("\n");
  };

  test("says once what the realm does not keep", async () => {
    const told = await gapAfter(() => {
      keycloak.events.config.adminEventsEnabled = false;
      keycloak.events.config.enabledEventTypes = ["UPDATE_TOTP"];
    });
    assert.match(told, /ERR_EVENTS_GAP: .*keeps no admin events/);
    assert.match(told, /ERR_EVENTS_GAP: .*leaves out REMOVE_TOTP/);
    await poll();
    assert.equal(problems.length, 2, "a gap that stays is told once");
    keycloak.events.config.adminEventsEnabled = true;
    await poll();
    keycloak.events.config.adminEventsEnabled = false;
    await poll();
    assert.equal(problems.length, 3, "and again when it comes back");
  });

  test("says that somebody cleared the log", async () => {
    assert.match(await gapAfter(() => keycloak.events.forget()), /ERR_EVENTS_GAP: .*there at the last poll are gone/);
  });

  test("says that events expired before they were read", async () => {
    const told = await gapAfter(() => {
      keycloak.events.config.eventsExpiration = 3600;
    }, 90);
    assert.match(told, /ERR_EVENTS_GAP: .*have expired since the last poll/);
  });

  test("has nothing to say of events that have expired after they were read", async () => {
    const told = await gapAfter(() => {
      keycloak.events.config.eventsExpiration = 3600;
      keycloak.settings.adminEventsExpiration = 3600;
    });
    assert.equal(told, "");
    for (let n = 0; n < 3; n++) await poll(50);
    keycloak.events.forget();
    await poll(50);
    assert.deepEqual(problems, []);
  });

  test("says that the credential may not read the log", async () => {
    await keycloak.close();
    keycloak = await startKeycloak({ accounts: 5, roles: ["view-users", "view-realm"], now: () => now });
    await poll();
    assert.deepEqual(
      problems.map(({ code }) => code),
      ["ERR_VENDOR_DENIED"],
    );
    await keycloak.close();
  });

  test("keeps an event that cannot be read for a person", async () => {
    await poll();
    keycloak.unregister(keycloak.account(0).id, "otp");
    keycloak.setFault({ kind: "drop", field: "time", on: "events" });
    assert.deepEqual(await poll(), []);
    assert.ok((counts.broken ?? 0) > 0);
  });
});

test("a vendor says that it polls if its directories have a log to be asked, and sends no webhooks", () => {
  for (const [name, { polls, hooks }] of Object.entries(vendors)) assert.ok(!(polls && hooks), name);
  assert.equal(vendors.keycloak?.polls, true);
});
