/** The contract of a directory, for whatever server a fixture brings: the simulators, and real ones. */

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { openDirectory, vendors } from "../../lib/directories/index.ts";
import { CODES, WardenError } from "../../lib/errors.ts";
import { type Directory, type Fact, knownFact, NOT_ASKED, type Shard, type Subject } from "../../lib/model/index.ts";
import { CANARY, type Fixture, NO_FACTS, never, type Tenant } from "./tenant.ts";

/** Registers the tests of one vendor. */
export function keepsContract(vendor: string, fixture: Fixture): void {
  const open = (tenant: Tenant, secret: unknown = tenant.secret): Directory =>
    openDirectory(vendor, {
      id: "workforce",
      settings: tenant.settings,
      secret,
      secretVersion: "1",
      fetch,
      clock: Date.now,
      // What a vendor wants to be waited for is told by its own tests.
      sleep: async () => undefined,
    });

  async function start(context: TestContext): Promise<{ tenant: Tenant; directory: Directory }> {
    const tenant = await fixture.start(20);
    context.after(() => tenant.close());
    return { tenant, directory: open(tenant) };
  }

  test("says whose it is", async (context) => {
    const { directory } = await start(context);
    assert.equal(directory.vendor, vendor);
    assert.ok(directory.tenant !== "" && URL.canParse(directory.api));
  });

  test("lists every subject once, over several pages", async (context) => {
    const { tenant, directory } = await start(context);
    const { subjects, pages } = await readAll(directory);
    assert.ok(pages > 1);
    assert.deepEqual(subjects.map(({ id }) => id).toSorted(), tenant.ids.toSorted());
  });

  test("lists accounts as the vendor is said to have them", async (context) => {
    const { directory } = await start(context);
    const { subjects } = await readAll(directory);
    // Of whom nothing can be read, nothing holds either.
    const accounts = subjects.filter(
      ({ profile, facts }) => !profile && (facts.enabled.known || facts.enabled === NOT_ASKED),
    );
    const { switchNeedsDevice, mayBypass } = vendors[vendor]?.accounts ?? {};
    for (const subject of accounts) {
      assert.equal(subject.switchNeedsDevice, switchNeedsDevice);
      assert.equal(subject.facts.bypass === undefined, mayBypass === undefined);
    }
  });

  test("goes on from a cursor that another process kept", async (context) => {
    const { tenant, directory } = await start(context);
    const first = await directory.page(undefined, never);
    const { next } = JSON.parse(JSON.stringify(first));
    const second = await open(tenant).page(next, never);
    assert.notEqual(second.subjects[0]?.id, first.subjects[0]?.id);
  });

  test("counts the same total as it lists", async (context) => {
    const { tenant, directory } = await start(context);
    if (!directory.total) return context.skip("this vendor has no independent count");
    assert.equal(await directory.total(never), tenant.ids.length);
  });

  test("lists the same subjects part by part, from cursors that another process kept", async (context) => {
    const { tenant, directory } = await start(context);
    if (!directory.shards) return context.skip("this vendor's listing cannot be cut");
    const total = await directory.total?.(never);
    const shards: Shard[] = JSON.parse(JSON.stringify(directory.shards()));
    assert.ok(shards.length > 1);
    assert.equal(
      shards.reduce((sum, { accounts }) => sum + accounts, 0),
      total,
    );
    const whole = (await readAll(directory)).subjects;
    const another = open(tenant);
    const listed: Subject[] = [];
    for (const { first, accounts } of shards) {
      const { subjects } = await readAll(another, first);
      assert.equal(subjects.length, accounts);
      listed.push(...subjects);
    }
    const byId = (subjects: readonly Subject[]) => subjects.toSorted((a, b) => (a.id < b.id ? -1 : 1));
    assert.deepEqual(byId(listed), byId(whole));
    assert.ok(listed.every(({ facts }) => facts.createdAt.known));
  });

  test("covers the whole tenant, where it can tell", async (context) => {
    const { directory } = await start(context);
    if (!directory.coverage) return context.skip("this vendor keeps no record of what a credential may see");
    assert.deepEqual(await directory.coverage(never), { extent: "whole" });
  });

  test("completes all it was given, in order, and leaves no asked fact unasked", async (context) => {
    const { directory } = await start(context);
    if (!directory.complete) return context.skip("the listing has all there is");
    const { subjects } = await readAll(directory);
    const completed = await directory.complete(subjects, ["devices", "bypass", "groups"], never);
    assert.deepEqual(
      completed.map(({ id }) => id),
      subjects.map(({ id }) => id),
    );
    assert.deepEqual(
      completed.filter(({ facts }) => !facts.devices.known || !facts.groups.known || facts.bypass?.known === false),
      [],
    );
  });

  test("reads one as it lists it, and nobody where nobody is", async (context) => {
    const { tenant, directory } = await start(context);
    const listed = (await readAll(directory)).subjects.find(({ id }) => id === tenant.off);
    const read = await directory.read(tenant.off, never);
    assert.equal(read?.username, listed?.username);
    assert.deepEqual(read?.facts.enabled, listed?.facts.enabled);
    assert.deepEqual(read?.profile, listed?.profile);
    assert.equal(await directory.read(tenant.nobody, never), undefined);
    assert.equal(await directory.read("../../elsewhere?x=", never), undefined);
  });

  test("finds an account by exactly its name", async (context) => {
    const { tenant, directory } = await start(context);
    if (!directory.find) return context.skip("this vendor cannot look up a name");
    const username = (await directory.read(tenant.off, never))?.username ?? "";
    assert.equal(await directory.find(username, never), tenant.off);
    assert.equal(await directory.find(`${username}x`, never), undefined);
  });

  test("lists only collections that there are", async (context) => {
    const { directory } = await start(context);
    const { collections, exists } = directory;
    if (!collections) return context.skip("its rules name no group and no population");
    const listed = await collections(never);
    assert.ok(listed.length > 0);
    for (const { kind, id, name } of listed.slice(0, 5)) {
      assert.ok(name.length > 0);
      assert.equal(await exists?.(kind, id, never), true);
    }
  });

  test("shows a change when it is read back", async (context) => {
    const { tenant, directory } = await start(context);
    const before = await directory.read(tenant.off, never);
    if (!directory.enforce || !before) return context.skip("this vendor can only be observed");
    assert.deepEqual(isOn(before), { known: true, value: false });
    assert.equal(await directory.enforce(before, never), "sent");
    assert.deepEqual(isOn(await directory.read(tenant.off, never)), { known: true, value: true });
    assert.equal(await tenant.writes(), 1);
  });

  test("puts back what it changed, or says beforehand why it cannot", async (context) => {
    const { tenant, directory } = await start(context);
    const before = await directory.read(tenant.off, never);
    if (!directory.enforce || !before) return context.skip("this vendor can only be observed");
    const facts = before.profile ? { present: before.profile.present } : { enabled: false };
    const why = directory.whyNotReverted?.(before, facts);
    assert.equal(directory.revert === undefined, why !== undefined);
    assert.notEqual(directory.whyNotReverted?.(before, {}), undefined, "nothing is on record of before");
    assert.equal(await tenant.writes(), 0);
    if (!directory.revert) return;
    assert.equal(await directory.enforce(before, never), "sent");
    const changed = await directory.read(tenant.off, never);
    assert.ok(changed);
    assert.equal(await directory.revert(changed, facts, never), "sent");
    assert.deepEqual(isOn(await directory.read(tenant.off, never)), { known: true, value: false });
    assert.equal(await tenant.writes(), 2);
  });

  test("checks without changing anything, and everything passes or says why it cannot be tested", async (context) => {
    const { tenant, directory } = await start(context);
    const checks = await directory.check(never);
    assert.deepEqual(
      checks.filter(({ result, detail }) => result === "failed" || detail === ""),
      [],
    );
    assert.ok(checks.some(({ result }) => result === "passed"));
    assert.equal(await tenant.writes(), 0);
  });

  test("stops with its caller's signal, whatever it was asked", async (context) => {
    const { tenant, directory } = await start(context);
    for (const [name, ask] of asks(directory, { ...anybody, id: tenant.off })) {
      await assert.rejects(ask(AbortSignal.abort()), { code: "ERR_ABORTED" }, name);
    }
  });

  test("wants the whole secret, and names what is missing but never a value", async (context) => {
    const { tenant } = await start(context);
    for (const field of Object.keys(tenant.secret)) {
      for (const value of [...(tenant.optional?.includes(field) ? [] : [undefined]), 7, ""]) {
        const secret = { ...tenant.secret, [field]: value };
        const message = new RegExp(`workforce.* ${field}`);
        assert.throws(
          () => open(tenant, secret),
          (error) => hidesSecret(error) && "ERR_SECRET_INVALID" === codeOf(error) && message.test(String(error)),
        );
      }
    }
    for (const secret of [
      { ...tenant.secret, [CANARY]: CANARY },
      CANARY,
      null,
      [CANARY],
      { ...tenant.secret, origins: [`http://${CANARY}`] },
    ]) {
      assert.throws(
        () => open(tenant, secret),
        (error) => hidesSecret(error) && "ERR_SECRET_INVALID" === codeOf(error),
      );
    }
    open(tenant, { ...tenant.secret, origins: ["https://proxy.example"], hooks: [{}] });
  });

  test("names the token call, and no other, when the client is refused", async (context) => {
    const { tenant, directory } = await start(context);
    await tenant.fail("refused");
    const ends = await Promise.allSettled(asks(directory, { ...anybody, id: tenant.off }).map(([, ask]) => ask(never)));
    const errors: unknown[] = ends.flatMap((end) => (end.status === "rejected" ? [end.reason] : []));
    assert.ok(errors.length > 0);
    for (const error of errors) {
      assert.equal(codeOf(error), "ERR_VENDOR_AUTH");
      assert.match(String(error), /secret \(POST \S*(token|authorize) answered 401\)\.$/);
    }
  });

  for (const fault of fixture.faults) {
    test(`answers "${fault}" with a code, and never shows the secret`, async (context) => {
      const { tenant, directory } = await start(context);
      const subject = (await directory.page(undefined, never)).subjects[0];
      assert.ok(subject);
      await tenant.fail(fault);
      const ends = await Promise.allSettled(asks(directory, subject).map(([, ask]) => ask(never)));
      const errors = ends.flatMap((end) => (end.status === "rejected" ? [end.reason] : []));
      assert.ok(ends.every((end) => end.status === "rejected" || hidesSecret(end.value)));
      assert.ok(errors.every((error) => hidesSecret(error) && codeOf(error) in CODES));
      assert.ok(errors.length > 0 || fault === "foreign", "a broken vendor gave a whole answer");
    });
  }
}

/** @param first cursor of the first page */
async function readAll(directory: Directory, first?: string): Promise<{ subjects: Subject[]; pages: number }> {
  const subjects: Subject[] = [];
  let pages = 0;
  let cursor = first;
  do {
    const page = await directory.page(cursor, never);
    subjects.push(...page.subjects);
    pages += 1;
    cursor = page.next;
  } while (cursor !== undefined);
  return { subjects, pages };
}

const anybody: Subject = { id: "11111111-1111-4111-8111-111111111111", username: "anybody", facts: NO_FACTS };

type Ask = (signal: AbortSignal) => Promise<unknown>;

/** The switch of an account, or whether a profile is as wanted. */
function isOn(subject: Subject | undefined): Fact<boolean> | undefined {
  const { profile } = subject ?? {};
  return profile ? knownFact(profile.present && profile.differs.length === 0) : subject?.facts.enabled;
}

/** Everything a directory can be asked, by name. */
function asks(directory: Directory, subject = anybody): [string, Ask][] {
  const { page, read, check, total, coverage, complete, find, exists, enforce, revert, confirm, log, publish } =
    directory;
  const all: Record<string, Ask | undefined> = {
    page: (signal) => page(undefined, signal),
    read: (signal) => read(subject.id, signal),
    check,
    total,
    coverage,
    complete: complete && ((signal) => complete([subject], ["devices", "groups"], signal)),
    find: find && ((signal) => find("anybody", signal)),
    exists: exists && ((signal) => exists("group", subject.id, signal)),
    enforce: enforce && ((signal) => enforce(subject, signal)),
    revert: revert && ((signal) => revert(subject, { enabled: false }, signal)),
    confirm: confirm && ((signal) => confirm(subject, signal)),
    log: log && ((signal) => log(subject.id, new Date(0), new Date(1), signal)),
    events: directory.poll && ((signal) => directory.poll?.(undefined, signal) ?? assert.fail()),
    push: publish && ((signal) => publish.start([subject.id], signal)),
    poll: publish && ((signal) => publish.poll("101", signal)),
  };
  return Object.entries(all).filter((entry): entry is [string, Ask] => entry[1] !== undefined);
}

const codeOf = (error: unknown): string => (error instanceof WardenError ? error.code : `not ours: ${error}`);

/** Looks at all that a log or a report could show of a thing. */
function hidesSecret(thing: unknown): boolean {
  const { message, stack, cause } = thing instanceof Error ? thing : new Error("none");
  return ![JSON.stringify(thing), message, stack, JSON.stringify(cause)].join().includes(CANARY);
}
