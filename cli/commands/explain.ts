/** `explain`: reads one account or MFA server profile now and says how it is judged and what a sweep would do. Changes and records nothing. */

import { Command } from "commander";
import { isEnforceable, lockoutRisk, refusedPassword } from "../../lib/enforcement/index.ts";
import { WardenError } from "../../lib/errors.ts";
import {
  type Directory,
  type Fact,
  type FactName,
  type Facts,
  type GuardState,
  type Judgement,
  NOT_ASKED,
  type ServerProfile,
  type Subject,
  type SubjectHistory,
} from "../../lib/model/index.ts";
import { bindingRule, decide, mayChange, type Policy } from "../../lib/policy/index.ts";
import { clock, hasRecords, openRecords, using } from "../local/laptop.ts";
import { splitAccount } from "../terminal/account.ts";
import { type Input, readInput } from "../terminal/input.ts";
import { acting, type PolicyOptions, withPolicy } from "../terminal/options.ts";
import { results } from "../terminal/output.ts";
import { bold, dim, type Piece, yellow } from "../terminal/piece.ts";
import { verdictPiece, verdictText } from "../terminal/summary.ts";

const DEADLINE_MS = 60_000;

interface Explained {
  readonly directory: string;
  readonly subject: Subject;
  readonly judgement: Judgement;
  /** What a sweep in mode enforce would do, in one sentence. */
  readonly sweep: string;
  /** What a person should know before it does. */
  readonly caution?: string;
  /** What we last wrote into this profile. */
  readonly written?: SubjectHistory["written"];
}

export const explainCommand = (): Command =>
  withPolicy(new Command("explain"))
    .description("Reads one account now: its facts, the rule that binds it, the verdict and why, what a sweep would do")
    .argument("<directory/account>", "by the vendor's id, or by the exact user name; a profile by location/name")
    .action(acting(explain));

async function explain(name: string, options: PolicyOptions): Promise<number> {
  const signal = AbortSignal.timeout(DEADLINE_MS);
  const { directory, account } = splitAccount(name);
  const input = await readInput({ ...options, directory: [directory] }, clock, signal);
  const opened = await input.open(directory, signal);
  const subject = await readWhole(opened, directory, account, signal);
  const { past, guards } = await lookUp(options, directory, subject.id, signal);
  const judgement = decide(subject, directory, input.policy, past, clock());
  const sweep = whatNext({ policy: input.policy, id: directory, directory: opened, subject, judgement, past, guards });
  const caution = judgement.verdict === "violating" ? opened.caution?.(subject) : undefined;
  const explained = {
    ...{ directory, subject, judgement, sweep },
    ...(caution === undefined ? {} : { caution }),
    ...(past.written ? { written: past.written } : {}),
  };
  if (options.json)
    results.json({ ...explained, verdict: verdictText(judgement), rule: bindingRule(input.policy, judgement) ?? null });
  else show(explained, input);
  return 0;
}

/** With every fact that can be asked for. */
async function readWhole(opened: Directory, directory: string, account: string, signal: AbortSignal): Promise<Subject> {
  const subject = (await opened.read(account, signal)) ?? (await readByName(opened, account, signal));
  if (!subject)
    throw new WardenError(
      "ERR_INPUT_INVALID",
      `${directory} has no account with the id or the exact user name ${account}.`,
    );
  if (subject.profile) return subject;
  const lacking = namesOf(subject.facts).filter((name) => subject.facts[name] === NOT_ASKED);
  if (!opened.complete || lacking.length === 0) return subject;
  return (await opened.complete([subject], lacking, signal))[0] ?? subject;
}

async function readByName(opened: Directory, username: string, signal: AbortSignal): Promise<Subject | undefined> {
  const id = await opened.find?.(username, signal);
  return id === undefined ? undefined : opened.read(id, signal);
}

/** What the ledger remembers; without one the account is seen for the first time. */
async function lookUp(
  options: PolicyOptions,
  directory: string,
  id: string,
  signal: AbortSignal,
): Promise<{ past: SubjectHistory; guards: GuardState }> {
  const fresh = { firstSeenAt: new Date(clock()).toISOString() };
  if (!hasRecords(options)) return { past: fresh, guards: {} };
  return using(await openRecords(options, signal), async ({ ledger }) => ({
    past: (await ledger.readStates(directory, [id])).get(id) ?? fresh,
    guards: await ledger.readGuards(directory),
  }));
}

interface Case {
  readonly policy: Policy;
  readonly id: string;
  readonly directory: Directory;
  readonly subject: Subject;
  readonly judgement: Judgement;
  readonly past: SubjectHistory;
  readonly guards: GuardState;
}

function whatNext(one: Case): string {
  const { policy, id, directory, subject, judgement, past, guards } = one;
  if (judgement.verdict === "unknown")
    return "Report it as unknown, and change nothing: what is not known is not acted upon.";
  if (judgement.verdict !== "violating") return "Change nothing.";
  const report = (why: string) => `Report it, and change nothing: ${why}.`;
  const against = whyNever(one);
  if (against !== undefined) return report(against);
  if (!mayChange(policy, id)) return report("the directory's mode is observe");
  const hopeless = lockoutRisk(policy, judgement, subject) ?? refusedPassword({ directory }, past);
  if (hopeless) return report(`${hopeless.why} (${hopeless.outcome})`);
  if (guards.halted !== undefined) return report(`changes are halted: ${guards.halted}`);
  return subject.profile ? writing(subject.profile) : SWITCHING;
}

/** Why no sweep would ever change it, in any mode. */
function whyNever({ policy, directory, subject, judgement }: Case): string | undefined {
  const { enabled } = subject.facts;
  const rule = bindingRule(policy, judgement);
  if (!subject.profile && enabled.known && enabled.value) return "MFA is on, and only the person can register a device";
  if (rule?.enforce === "never") return `rule "${rule.name}" says enforce: never`;
  if (!directory.enforce) return "this vendor's accounts can only be observed";
  return isEnforceable(policy, judgement, subject) ? undefined : "whether MFA is on is not known";
}

const SWITCHING = "Switch MFA on, when run with --mode enforce, and read back whether it took.";
const writing = ({ pushed }: ServerProfile) =>
  `Write it as the policy wants it, when run with --mode enforce, and ${pushed ? "push it live" : "leave the push to a person"}.`;

function show({ directory, subject, judgement, sweep, caution, written }: Explained, { policy }: Input): void {
  const rule = bindingRule(policy, judgement);
  const kind = subject.credentialHeld ? "  custodial: the organisation holds its credentials" : "";
  results.line(bold(subject.username), dim(`  ${directory}/${subject.id}`), dim(kind));
  results.line();
  results.table([{ head: "fact" }, { head: "value" }], factRows(subject, written));
  results.line();
  results.table(
    [{ head: "judged" }, { head: "" }],
    [
      ["verdict", verdictPiece(judgement)],
      ["why", judgement.why],
      ["rule", rule ? `${rule.name}: requires ${rule.require}, enforce ${rule.enforce}` : (judgement.rule ?? "none")],
      ...optional("until", judgement.until),
      ...optional(
        "exemption",
        judgement.exemption && `${judgement.exemption}${judgement.exemptionNeedless ? " (not needed)" : ""}`,
      ),
      ["a sweep would", sweep],
      ...optional("caution", caution),
    ],
  );
}

function factRows({ facts, profile }: Subject, written: SubjectHistory["written"]): Piece[][] {
  if (!profile) return namesOf(facts).map((name) => [name, factPiece(facts[name])]);
  const { wanted, present, differs, used, version, adopt, pushed } = profile;
  const holds = written && (written.version === version ? "the secret of now" : "an older version of the secret");
  return [
    ["named in the policy", String(wanted)],
    ["there", String(present)],
    ["differs in", factText(differs)],
    ["in use", factPiece(used)],
    ["adopt", String(adopt)],
    ["pushed by us", String(pushed)],
    ["last written", holds === undefined ? "never from here" : `${holds}, ${written?.live ? "live" : "not live yet"}`],
  ];
}

const optional = (name: string, value: string | undefined): Piece[][] => (value === undefined ? [] : [[name, value]]);
const namesOf = (facts: Facts) => Object.keys(facts).filter((name): name is FactName => name in facts);

function factPiece(fact: Fact<unknown>): Piece {
  return fact.known ? factText(fact.value) : yellow(`not known: ${fact.why}`);
}

function factText(value: unknown): string {
  if (!Array.isArray(value)) return String(value);
  return value.length === 0 ? "none" : value.map(itemText).join(", ");
}

const itemText = (item: unknown): string =>
  typeof item === "object" && item !== null && "method" in item && "usable" in item
    ? `${item.method}${"unknownValue" in item ? ` (${item.unknownValue})` : ""}${"name" in item ? ` "${item.name}"` : ""}${item.usable ? "" : " (not usable)"}`
    : String(item);
