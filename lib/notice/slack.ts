/** Notices to Slack, by an incoming webhook and in Block Kit. Also for what takes Slack's messages, such as Mattermost. */
import type { NoticeParts, NoticeSender, TeamNotice } from "../model/index.ts";
import { escapeForChat, truncate } from "../notify/index.ts";
import { type ChatAnswer, type ChatForm, type ChatNeeds, type ChatRefusal, chatSender, firstItems } from "./chat.ts";

/** https://docs.slack.dev/reference/block-kit/blocks */
const MAX_BLOCKS = 50;
const MAX_HEADER_CHARACTERS = 150;
const MAX_SECTION_CHARACTERS = 3_000;
/** Of the foreign text in one paragraph, before it is escaped: at most five characters become of one. */
const MAX_PARAGRAPH_CHARACTERS = 550;

/** @param needs whose secret is `{ "url": "https://hooks.slack.com/services/…" }` */
export const slackSender = (needs: ChatNeeds): NoticeSender<TeamNotice> => chatSender(needs, FORM);

const FORM: ChatForm = {
  way: "slack",
  bodyOf: (notice) => JSON.stringify({ text: escapeForChat(notice.subject), blocks: blocksOf(notice) }),
  judge,
  // A message without a text: a webhook that is alive refuses it, and one that is not says so.
  probe: {
    body: "{}",
    isTaken: ({ status, text }) => status === 400 && ["no_text", "invalid_payload"].includes(text),
  },
};

function blocksOf({ subject, parts, link }: TeamNotice): object[] {
  const { lead, items, commands, closing } = parts;
  const blocks = [
    { type: "header", text: { type: "plain_text", text: truncate(subject, MAX_HEADER_CHARACTERS), emoji: false } },
    section(escapeForChat(lead, MAX_PARAGRAPH_CHARACTERS)),
    ...paragraphs(firstItems(items).map((item) => `• ${escapeForChat(item)}`)).map(section),
    ...paragraphs(commands.map(commandLine)).map(section),
    ...(link === undefined ? [] : [section(`<${linkOf(link)}|Open>`)]),
    ...(closing.length === 0 ? [] : [contextOf(closing)]),
  ];
  return blocks.slice(0, MAX_BLOCKS);
}

/** `verbatim`: no address, channel or person in it becomes a link by itself. */
const markdown = (text: string) => ({ type: "mrkdwn", text, verbatim: true });
const section = (text: string) => ({ type: "section", text: markdown(text) });
const contextOf = (closing: NoticeParts["closing"]) => ({
  type: "context",
  elements: [markdown(closing.map((line) => escapeForChat(line)).join("\n"))],
});

const commandLine = ({ label, command }: NoticeParts["commands"][number]): string =>
  `${escapeForChat(label)}: \`${escapeForChat(command).replaceAll("`", "'")}\``;

/** Within angle brackets; a bar ends the address. */
const linkOf = (address: string): string =>
  new URL(address).href.replaceAll("|", "%7C").replaceAll("<", "%3C").replaceAll(">", "%3E").replaceAll("&", "&amp;");

/** Lines put together to as few texts as Slack takes. */
function paragraphs(lines: readonly string[]): string[] {
  const texts: string[] = [];
  for (const line of lines) {
    const longer = `${texts.at(-1)}\n${line}`;
    if (texts.length > 0 && longer.length <= MAX_SECTION_CHARACTERS) texts[texts.length - 1] = longer;
    else texts.push(line);
  }
  return texts;
}

/** https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks#handling_errors */
const REASONS: Readonly<Record<string, string>> = {
  invalid_payload: "says that it does not understand the message (invalid_payload)",
  invalid_blocks: "says that it does not understand the message (invalid_blocks)",
  no_text: "says that the message has no text (no_text)",
  user_not_found: "says that its person is gone (user_not_found); make a new webhook and store its address",
  channel_not_found: "says that its channel is gone (channel_not_found); make a new webhook and store its address",
  channel_is_archived: "says that its channel is archived (channel_is_archived); make a webhook for another one",
  action_prohibited: "is not allowed to write there (action_prohibited); ask an administrator of the workspace",
  posting_to_general_channel_denied:
    "may not write into #general (posting_to_general_channel_denied); choose another channel",
  no_service: "does not know this webhook (no_service); make a new one and store its address",
  no_service_id: "does not know this webhook (no_service_id); make a new one and store its address",
  no_active_hooks: "says that this webhook is switched off (no_active_hooks); make a new one and store its address",
  invalid_token: "does not know this webhook (invalid_token); make a new one and store its address",
  no_team: "does not know the workspace (no_team); make a new webhook and store its address",
  team_disabled: "says that the workspace is switched off (team_disabled)",
  rollup_error: "failed by itself (rollup_error)",
};
const OF_THIS_MESSAGE: readonly string[] = ["invalid_payload", "invalid_blocks", "no_text"];

function judge({ status, text }: ChatAnswer): ChatRefusal | undefined {
  if (status === 200 && text === "ok") return undefined;
  const reason = Object.hasOwn(REASONS, text) ? REASONS[text] : undefined;
  return { isOfThisNotice: OF_THIS_MESSAGE.includes(text), how: reason ?? describeStatus(status) };
}

function describeStatus(status: number): string {
  if (status === 200) return "answered 200 without ok; check the address in its secret";
  if (status === 429) return "takes no more messages for now (429)";
  if (status >= 300 && status < 400) return "answered with a redirect, which is not followed";
  return `answered ${status}; check the address in its secret`;
}
