/** Answers of VMware that are written otherwise than its document has them, and mean the same; or that nobody has foreseen. */

import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { openDirectory } from "../../../lib/directories/index.ts";
import { startVmware } from "../../../simulators/vmware-csp/index.ts";
import { editing, never } from "../tenant.ts";

type Body = Record<string, unknown>;
type Edit = (body: Body, url: URL) => void;
const OPS = "ops@example.com";

async function start(context: TestContext, edit: Edit) {
  const vmware = await startVmware({ principals: [{ username: OPS }], users: 4, pageSize: 3 });
  context.after(() => vmware.close());
  const directory = openDirectory("vmware-csp", {
    id: "cloud",
    settings: { organization: vmware.organization, principals: [OPS], endpoints: vmware.endpoints },
    secret: vmware.credentials,
    secretVersion: "1",
    fetch: editing(fetch, edit),
    clock: Date.now,
  });
  const others = async () => {
    const subjects = [];
    let { next } = await directory.page(undefined, never);
    while (next !== undefined) {
      const page = await directory.page(next, never);
      subjects.push(...page.subjects);
      next = page.next;
    }
    return subjects;
  };
  return { vmware, directory, others };
}

const rowsOf = ({ results }: Body): Body[] => (Array.isArray(results) ? results : []);
const onUsers =
  (edit: (body: Body) => void): Edit =>
  (body, { pathname }) => {
    if (pathname.endsWith("/users")) edit(body);
  };

describe("the list of users", () => {
  test("may have its total as text", async (context) => {
    const { others } = await start(
      context,
      onUsers((body) => Object.assign(body, { totalResults: String(body.totalResults) })),
    );
    assert.equal((await others()).length, 4);
  });

  for (const value of [null, "", undefined]) {
    test(`ends with ${JSON.stringify(value)} for its next page`, async (context) => {
      const { others } = await start(
        context,
        onUsers((body) => {
          body.nextLink = body.nextLink ?? value;
        }),
      );
      assert.equal((await others()).length, 4);
    });

    test(`has a member whose user name is ${JSON.stringify(value)} by the next name that it has`, async (context) => {
      const names: Body[] = [
        { acct: "acct@example.com" },
        { acct: value, email: "mail@example.com" },
        { acct: value, email: value },
      ];
      const { vmware, others } = await start(
        context,
        onUsers((body) => {
          for (const { user } of rowsOf(body))
            if (names.length > 0) Object.assign(user ?? {}, { username: value }, names.shift());
        }),
      );
      const found = await others();
      assert.equal(found.length, vmware.members().length);
      assert.deepEqual(
        found.slice(0, 3).map(({ username }) => username),
        ["acct@example.com", "mail@example.com", found[2]?.id],
      );
      for (const { facts } of found) assert.equal(facts.enabled.known, false);
    });
  }

  test("is refused where it does not say who somebody is", async (context) => {
    const { others } = await start(
      context,
      onUsers((body) => rowsOf(body).map(({ user }) => Object.assign(user ?? {}, { userId: "" }))),
    );
    await assert.rejects(others(), { code: "ERR_VENDOR_FORMAT" });
  });
});

test("the log may have numbers as text, and a line that cannot be read spoils no other", async (context) => {
  const { vmware, directory } = await start(context, (body, { pathname }) => {
    if (!pathname.endsWith("/audit")) return;
    Object.assign(body, { startIndex: String(body.startIndex) });
    for (const line of rowsOf(body)) line.eventDate = String(line.eventDate);
    const [first] = rowsOf(body);
    if (first) Object.assign(first, { action: null });
  });
  const found = (await directory.read(OPS, never)) ?? assert.fail();
  for (const _ of [1, 2, 3]) {
    vmware.change(OPS, { turnedOn: false });
    await directory.enforce?.(found, never);
  }
  const events = await directory.log?.(OPS, new Date(0), new Date(Date.now() + 60_000), never);
  assert.deepEqual(
    events?.map(({ action }) => action),
    ["MFA_ENABLE", "MFA_ENABLE"],
  );
});
