/** What people in a chat are told of an alarm or of one of our own messages. Pure: a message in, a short text out. */

import * as v from "valibot";
import { escapeForChat, truncate } from "./chat-text.ts";

/** Every alarm, by the name of its entry in docs/runbook.md: what has happened. A deployed alarm's name ends with its key. */
export const ALARMS = {
  "dead-events": "more events failed for good",
  undelivered: "AWS could not start or deliver something",
  "events-late": "events wait for an hour or longer",
  "sweep-failed": "a sweep failed",
  "sweep-incomplete": "a sweep is incomplete",
  "awaiting-approval": "a plan waits for a person",
  "sweep-halted": "changes were halted on the way",
  "sweep-missing": "no completed sweep in twice its interval",
  "watch-silent": "nobody watches the sweeps",
  "function-failed": "a function fails",
  throttles: "AWS throttles us",
  "hooks-failing": "vendors' webhooks are not taken",
  "hooks-unauthenticated": "webhooks come without a valid credential",
  "budget-used-up": "the budget of changes is used up",
  "events-unseen": "changes between two sweeps may not be seen",
  "account-limit": "one account is changed back again and again",
  "report-failed": "a report could not be made",
  "seal-failed": "evidence could not be sealed",
} as const satisfies Readonly<Record<string, string>>;
const happenedByAlarm: ReadonlyMap<string, string> = new Map(Object.entries(ALARMS));

const MAX_TEXT_CHARACTERS = 3_000;
const MAX_LISTED_LINES = 10;
const RUNBOOK = "docs/runbook.md";

/** https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-notification-format.html */
const alarmSchema = v.object({
  AlarmName: v.string(),
  NewStateValue: v.string(),
  NewStateReason: v.fallback(v.string(), ""),
  StateChangeTime: v.fallback(v.string(), ""),
  Trigger: v.fallback(
    v.object({ Dimensions: v.fallback(v.array(v.object({ name: v.string(), value: v.string() })), []) }),
    { Dimensions: [] },
  ),
});
type Alarm = v.InferOutput<typeof alarmSchema>;

/**
 * EventBridge's form, which `run.completed`, `plan.changed` and `report.completed` have. The report's link is left out on purpose: whoever has
 * it can read the report, and a chat has more readers than that.
 */
const busEventSchema = v.object({
  "detail-type": v.string(),
  detail: v.object({
    run: v.fallback(v.string(), ""),
    status: v.fallback(v.string(), ""),
    heads: v.fallback(v.array(v.object({ directory: v.string(), hash: v.string() })), []),
    incomplete: v.fallback(v.array(v.string()), []),
    directory: v.fallback(v.string(), ""),
    why: v.fallback(v.string(), ""),
    by: v.fallback(v.string(), ""),
  }),
});
type BusEvent = v.InferOutput<typeof busEventSchema>;

/**
 * The chat text for one message of the alarm topic, at most 3,000 characters. Whatever came from outside is escaped, so that it
 * makes no link and calls nobody. A message that cannot be read is told of too: silence would look like health.
 */
export function alertText(stage: string, message: string): string {
  const [first, ...others] = messageLines(message);
  const lines = [`mfa-warden ${escapeForChat(stage)}: ${first}`, ...others].filter((line) => line !== "");
  return truncate(lines.join("\n"), MAX_TEXT_CHARACTERS);
}

/** Empty lines stand for what the message does not have. */
function messageLines(message: string): string[] {
  const json = parseJson(message);
  const alarm = v.safeParse(alarmSchema, json);
  if (alarm.success) return alarmLines(alarm.output);
  const event = v.safeParse(busEventSchema, json);
  if (event.success) return eventLines(event.output);
  return ["a message of an unknown form came to the alarm topic", escapeForChat(message)];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function alarmLines({ AlarmName, NewStateValue, NewStateReason, StateChangeTime, Trigger }: Alarm): string[] {
  const alarm = findAlarm(AlarmName);
  const happened = happenedByAlarm.get(alarm ?? "") ?? "an alarm";
  const directory = Trigger.Dimensions.find(({ name }) => name === "directory")?.value;
  return [
    `${happened} ${ALARM_STATES.get(NewStateValue) ?? ""}`.trimEnd(),
    `what to do: ${RUNBOOK}${alarm === undefined ? "" : `, ${alarm}`}`,
    directory === undefined ? "" : `directory ${escapeForChat(directory)}`,
    `alarm ${escapeForChat(AlarmName)} ${escapeForChat(StateChangeTime)}`.trimEnd(),
    escapeForChat(NewStateReason),
  ];
}

const ALARM_STATES: ReadonlyMap<string, string> = new Map([
  ["OK", "(over)"],
  ["ALARM", "(since now)"],
  ["INSUFFICIENT_DATA", "(not known: no data)"],
]);

/** The longest key that fits, so that one key at another's end does no harm. */
function findAlarm(deployedName: string): string | undefined {
  const fitting = [...happenedByAlarm.keys()].filter((key) => `-${deployedName}`.endsWith(`-${key}`));
  return fitting.toSorted((a, b) => b.length - a.length)[0];
}

function eventLines({ "detail-type": type, detail }: BusEvent): string[] {
  const { run, status, heads, incomplete, directory, why, by } = detail;
  const entry = RUNBOOK_BY_STATUS.get(status);
  return [
    `${escapeForChat(type)} ${escapeForChat(status)}`.trimEnd(),
    entry === undefined ? "" : `what to do: ${RUNBOOK}, ${entry}`,
    run === "" ? "" : `run ${escapeForChat(run)}`,
    directory === "" ? "" : `directory ${escapeForChat(directory)}`,
    by === "" ? "" : `by ${escapeForChat(by)}`,
    escapeForChat(why),
    ...firstLines(incomplete, "sentences").map((line) => escapeForChat(line)),
    // Kept here, out of reach of whoever can write to the bucket, they show when a newest run was taken away.
    ...firstLines(
      heads.map(({ directory, hash }) => `head ${directory} ${hash}`),
      "heads",
    ).map((line) => escapeForChat(line)),
  ];
}

/** Where the runbook says what to do about a run that ended like this. */
const RUNBOOK_BY_STATUS: ReadonlyMap<string, string> = new Map([
  ["awaiting-approval", "awaiting-approval"],
  ["incomplete", "sweep-incomplete"],
  ["refused", "sweep-failed"],
  ["halted", "sweep-halted"],
  ["failed", "sweep-failed"],
]);

const firstLines = (lines: readonly string[], what: string): readonly string[] =>
  lines.length > MAX_LISTED_LINES
    ? [...lines.slice(0, MAX_LISTED_LINES), `and ${lines.length - MAX_LISTED_LINES} more ${what}`]
    : lines;
