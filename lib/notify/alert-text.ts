/** What people in a chat are told of an alarm or of one of our own messages. Pure: a message in, a short text out. */

import * as v from "valibot";

/** Every alarm, by the name of its entry in docs/runbook.md: what has happened. A deployed alarm's name ends with its key. */
export const ALARMS = {
  "dead-letters": "messages wait among the dead letters",
  "sweep-failed": "a sweep failed",
  "sweep-incomplete": "a sweep is incomplete",
  "sweep-missing": "no completed sweep in twice its interval",
  throttles: "AWS throttles us",
  "hooks-unauthenticated": "webhooks come without a valid credential",
  "budget-used-up": "the budget of changes is used up",
  "report-failed": "a report could not be made",
  "seal-failed": "evidence could not be sealed",
} as const satisfies Readonly<Record<string, string>>;
const entries: ReadonlyMap<string, string> = new Map(Object.entries(ALARMS));

const TEXT_MOST = 3_000;
const PIECE_MOST = 300;
const LINES_MOST = 10;
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
 * EventBridge's form, which `run.completed` and `report.completed` have. The report's link is left out on purpose: whoever has
 * it can read the report, and a chat has more readers than that.
 */
const noticeSchema = v.object({
  "detail-type": v.string(),
  detail: v.object({
    run: v.fallback(v.string(), ""),
    status: v.fallback(v.string(), ""),
    heads: v.fallback(v.array(v.object({ directory: v.string(), hash: v.string() })), []),
    incomplete: v.fallback(v.array(v.string()), []),
  }),
});
type Notice = v.InferOutput<typeof noticeSchema>;

/**
 * The chat text for one message of the alarm topic, at most 3,000 characters. Whatever came from outside is escaped, so that it
 * makes no link and calls nobody. A message that cannot be read is told of too: silence would look like health.
 */
export function alertText(stage: string, message: string): string {
  const json = parse(message);
  const alarm = v.safeParse(alarmSchema, json);
  const notice = v.safeParse(noticeSchema, json);
  const lines = alarm.success
    ? ofAlarm(alarm.output)
    : notice.success
      ? ofNotice(notice.output)
      : ["a message of an unknown form came to the alarm topic", safe(message)];
  return shorten([`mfa-warden ${safe(stage)}: ${lines[0]}`, ...lines.slice(1)].filter(Boolean).join("\n"), TEXT_MOST);
}

function ofAlarm({ AlarmName, NewStateValue, NewStateReason, StateChangeTime, Trigger }: Alarm): string[] {
  const entry = entryOf(AlarmName);
  const directory = Trigger.Dimensions.find(({ name }) => name === "directory")?.value;
  return [
    `${entries.get(entry ?? "") ?? "an alarm"} ${STATES.get(NewStateValue) ?? ""}`.trimEnd(),
    `what to do: ${RUNBOOK}${entry ? `, ${entry}` : ""}`,
    directory === undefined ? "" : `directory ${safe(directory)}`,
    `alarm ${safe(AlarmName)} ${safe(StateChangeTime)}`.trimEnd(),
    safe(NewStateReason),
  ];
}

const STATES: ReadonlyMap<string, string> = new Map([
  ["OK", "(over)"],
  ["ALARM", "(since now)"],
  ["INSUFFICIENT_DATA", "(not known: no data)"],
]);

/** The longest that fits, so that one name at another's end does no harm. */
function entryOf(alarm: string): string | undefined {
  const fitting = [...entries.keys()].filter((key) => `-${alarm}`.endsWith(`-${key}`));
  return fitting.toSorted((a, b) => b.length - a.length)[0];
}

function ofNotice({ "detail-type": type, detail }: Notice): string[] {
  const { run, status, heads, incomplete } = detail;
  const entry = ENTRIES.get(status);
  return [
    `${safe(type)} ${safe(status)}`.trimEnd(),
    entry === undefined ? "" : `what to do: ${RUNBOOK}, ${entry}`,
    run === "" ? "" : `run ${safe(run)}`,
    ...some(incomplete, "sentences").map(safe),
    // Kept here, out of reach of whoever can write to the bucket, they show when a newest run was taken away.
    ...some(
      heads.map(({ directory, hash }) => `head ${directory} ${hash}`),
      "heads",
    ).map(safe),
  ];
}

/** Where the runbook says what to do about a run that ended like this. */
const ENTRIES: ReadonlyMap<string, string> = new Map([
  ["awaiting-approval", "ERR_LIMIT_RUN"],
  ["incomplete", "sweep-incomplete"],
  ["refused", "sweep-failed"],
  ["failed", "sweep-failed"],
]);

const some = (lines: readonly string[], what: string): string[] =>
  lines.length > LINES_MOST
    ? [...lines.slice(0, LINES_MOST), `and ${lines.length - LINES_MOST} more ${what}`]
    : [...lines];

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };
/** Invisible; parts what a chat would take for a mention or a link. */
const APART = "\u200b";

/**
 * Slack takes commands such as `<!channel>` in angle brackets (https://docs.slack.dev/messaging/formatting-message-text), others
 * that take its webhooks read `@channel` and `[text](address)` as well; a bare address becomes a link anywhere.
 */
function safe(text: string): string {
  return shorten(text.replace(/[\p{C}\p{Z}]+/gu, " ").trim(), PIECE_MOST)
    .replace(/[&<>]/g, (char) => ENTITIES[char] ?? "")
    .replace(/[@\]]|:(?=\/\/)/g, (char) => char + APART);
}

function shorten(text: string, most: number): string {
  const chars = [...text];
  return chars.length > most ? `${chars.slice(0, most - 1).join("")}…` : text;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
