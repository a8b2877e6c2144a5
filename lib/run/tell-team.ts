/** Tells teams what a run found: each recipient once for as long as the same is so, whatever becomes of the process. */
import { mapConcurrently } from "../concurrency.ts";
import { type Durable, runStep } from "../durable.ts";
import type { DirectoryRecord, Problem, RunRecord, TeamNoticeRecord, TeamTopic } from "../model/index.ts";
import { composeEventNotice } from "../notice/index.ts";
import { type ClaimedFindings, claimFindings, recordEnd } from "./claim-findings.ts";
import { type FailedDelivery, type Recipient, recipientsOf, sendTo } from "./deliver.ts";
import type { Finding } from "./finding.ts";
import type { RunPorts } from "./ports.ts";
import { TOPICS } from "./team-topics.ts";

const TELL_DEADLINE_MS = 180_000;
const RECIPIENTS_IN_PARALLEL = 8;
/** Of one topic in one directory: the facts of each are kept in one item. */
const MAX_FINDINGS = 500;

/** Answers a note for each directory of which somebody was not told something. */
export async function tellTeam(
  durable: Durable,
  ports: RunPorts,
  run: string,
  records: readonly DirectoryRecord[],
): Promise<readonly Problem[]> {
  const topics = topicsOf(ports);
  if (topics.length === 0) return [];
  const step = await runStep(durable, ports, {
    name: "tell-team",
    deadlineMs: TELL_DEADLINE_MS,
    work: (signal) => tellAll({ ports, run, records, topics }, signal),
  });
  return step.ok ? step.value : records.map(({ id }) => perhapsNotTold(id, step.problem));
}

const perhapsNotTold = (directory: string, { code, message }: Problem): Problem => ({
  code: "ERR_NOTICE_FAILED",
  message: `Perhaps not everybody was told what this run found in ${directory} (${code}); look at it yourself. ${message}`,
  directory,
});

const topicsOf = ({ policy }: RunPorts): TeamTopic[] =>
  (Object.keys(TOPICS) as TeamTopic[]).filter((topic) => policy.notify?.[topic] !== undefined);

interface RunToTell {
  readonly ports: RunPorts;
  readonly run: string;
  readonly records: readonly DirectoryRecord[];
  readonly topics: readonly TeamTopic[];
}

async function tellAll({ ports, run, records, topics }: RunToTell, signal: AbortSignal): Promise<Problem[]> {
  const known = await ports.ledger.readRun(run);
  if (!known) return [];
  const told = new Map<string, readonly TeamNoticeRecord[]>();
  for (const { id } of records) told.set(id, await ports.ledger.readTeamNotices(id));
  const notes: Problem[] = [];
  for (const topic of topics) {
    const found = await findAll(ports, topic, records);
    const recipients = recipientsOf(ports, ports.policy.notify?.[topic]?.to ?? []);
    const failed = await mapConcurrently(recipients, RECIPIENTS_IN_PARALLEL, (recipient) =>
      tellOne(ports, { topic, recipient, run: known.run, records }, { found, told }, signal),
    );
    notes.push(...failed.flat());
  }
  return notes;
}

type Found = ReadonlyMap<string, readonly Finding[]>;

async function findAll(ports: RunPorts, topic: TeamTopic, records: readonly DirectoryRecord[]): Promise<Found> {
  const found = new Map<string, readonly Finding[]>();
  for (const record of records) {
    const findings = await TOPICS[topic].find(ports, record);
    if (findings) found.set(record.id, findings.slice(0, MAX_FINDINGS));
  }
  return found;
}

interface Message {
  readonly topic: TeamTopic;
  readonly recipient: Recipient;
  readonly run: RunRecord;
  readonly records: readonly DirectoryRecord[];
}

interface Standing {
  readonly found: Found;
  readonly told: ReadonlyMap<string, readonly TeamNoticeRecord[]>;
}

async function tellOne(
  ports: RunPorts,
  message: Message,
  { found, told }: Standing,
  signal: AbortSignal,
): Promise<readonly Problem[]> {
  const { topic, recipient, run, records } = message;
  const claims: ClaimedFindings[] = [];
  for (const [directory, findings] of found) {
    const records = told.get(directory) ?? [];
    const before = records.find((one) => one.topic === topic && one.recipient === recipient.name);
    const claimed = await claimFindings(
      ports,
      { topic, recipient: recipient.name, run: run.run },
      { directory, findings, before },
    );
    if (claimed) claims.push(claimed);
  }
  const fresh = claims.filter(({ findings, isOver }) => findings.length > 0 || (isOver && TOPICS[topic].tellsEnd));
  if (fresh.length === 0) return [];
  const words = {
    topic,
    run,
    ...TOPICS[topic].describe(run.run, records, fresh),
    link: ports.policy.notify?.[topic]?.link,
  };
  const failure = await sendTo(recipient, composeEventNotice(words, recipient.to), signal);
  for (const one of fresh) await recordEnd(ports.ledger, one, failure === undefined);
  return failure ? fresh.map(({ directory }) => notTold(directory, failure)) : [];
}

const notTold = (directory: string, { recipient, code, why }: FailedDelivery): Problem => ({
  code: "ERR_NOTICE_FAILED",
  message: `${recipient} was not told what this run found in ${directory} (${code}); the next run tells it. ${why}`,
  directory,
});
