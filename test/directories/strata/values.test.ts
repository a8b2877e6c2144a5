/** What each value of Strata's document means: for a profile's verdict, and for whether a push went live. https://pan.dev/scm/api */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import { openDirectory } from "../../../lib/directories/index.ts";
import { decide } from "../../../lib/policy/index.ts";
import { startStrata } from "../../../simulators/strata/index.ts";
import { choicesOf, enumOf } from "../../documents/values.ts";
import { never } from "../tenant.ts";
import { checkValues, noon, policyFor } from "../values.ts";
import { strataDirectory } from "./fixture.ts";

async function start(context: TestContext) {
  let now = noon;
  const strata = await startStrata({ profiles: 1, now: () => now });
  context.after(() => strata.close());
  const directory = openDirectory("strata", {
    id: "one",
    ...strataDirectory(strata, 1),
    secretVersion: "1",
    fetch,
    clock: () => now,
  });
  const pass = (seconds: number) => {
    now += seconds * 1000;
  };
  return { strata, directory, pass };
}

checkValues({
  field: "kind of server of a profile that is wanted as a Duo",
  documented: choicesOf("strata", "mfa-servers.mfa_vendor_type"),
  meaning: {
    duo_security_v2: "compliant",
    okta_adaptive_v1: "violating",
    ping_identity_v1: "violating",
    rsa_securid_access_v1: "violating",
  },
  undocumented: "unknown",
  outcome: async (context, kind) => {
    const { strata, directory } = await start(context);
    const { name } = strata.wish(0);
    const held = Object.values(strata.candidate()[0]?.mfa_vendor_type ?? {})[0] ?? {};
    strata.edit(name, { mfa_vendor_type: { [kind]: held } });
    const { subjects } = await directory.page(undefined, never);
    const subject = subjects.find(({ id }) => id.endsWith(`/${name}`)) ?? assert.fail("the profile is not listed");
    const written = { version: "1", live: true };
    return decide(subject, "one", policyFor("registered"), { firstSeenAt: "2020-01-01T00:00:00Z", written }, noon)
      .verdict;
  },
});

/** How a push that has this state looks after two looks. */
async function pushEnd(context: TestContext, end: string): Promise<string> {
  const { strata, directory, pass } = await start(context);
  strata.setPushBehavior({ looks: 0, children: 0, end });
  const { name } = strata.wish(0);
  const { publish } = directory;
  assert.ok(publish);
  const job = await publish.start([`Mobile Users/${name}`], never);
  const first = await publish.poll(job, never);
  pass(11);
  const state = first.done ? first : await publish.poll(job, never, first.seen);
  if (!state.done) return "goes on";
  return state.ok ? "live" : "failed";
}

checkValues({
  field: "result_str of a push that is over",
  documented: enumOf("strata", "jobs.result_str"),
  meaning: {
    OK: "live",
    FAIL: "failed",
    CANCELLED: "failed",
    TIMEOUT: "failed",
    PEND: "goes on",
    WAIT: "goes on",
  },
  outcome: (context, result) => pushEnd(context, `FIN/${result}`),
});

checkValues({
  field: "status_str of a push with the result OK",
  documented: enumOf("strata", "jobs.status_str"),
  meaning: {
    FIN: "live",
    ACT: "goes on",
    PEND: "goes on",
    PUSHSENT: "goes on",
    PUSHFAIL: "failed",
    PUSHABORT: "failed",
    PUSHTIMEOUT: "failed",
  },
  outcome: (context, status) => pushEnd(context, `${status}/OK`),
});
