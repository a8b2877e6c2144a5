/** Notices to Microsoft Teams, by the webhook of a workflow and as an Adaptive Card. The webhooks of connectors are no more. */
import type { NoticeSender, TeamNotice } from "../model/index.ts";
import { defuseForChat } from "../notify/index.ts";
import {
  type ChatAnswer,
  type ChatForm,
  type ChatNeeds,
  type ChatRefusal,
  chatSender,
  firstItems,
  MAX_ITEMS_SHOWN,
} from "./chat.ts";

/** 28 KB, of which the workflow needs some: https://learn.microsoft.com/microsoftteams/limits-specifications-teams */
const MAX_BYTES = 25_000;
const MAX_LEAD_CHARACTERS = 1_000;

/** @param needs whose secret is the address of a workflow that begins "When a Teams webhook request is received" */
export const teamsSender = (needs: ChatNeeds): NoticeSender<TeamNotice> => chatSender(needs, FORM);

const FORM: ChatForm = {
  way: "teams",
  bodyOf: (notice) => bodyOf(notice),
  mistakeIn: ({ hostname }) =>
    /(^|\.)(webhook\.office\.com|outlook\.office\.com|outlook\.office365\.com)$/.test(hostname)
      ? "holds the address of a connector, which Microsoft has taken away: make a workflow for the channel and store its address"
      : undefined,
  judge,
};

/** Whatever would make it too long is left out, from the end of the list on. */
function bodyOf(notice: TeamNotice, itemsShown = MAX_ITEMS_SHOWN): string {
  const body = JSON.stringify({
    type: "message",
    attachments: [
      { contentType: "application/vnd.microsoft.card.adaptive", contentUrl: null, content: cardOf(notice, itemsShown) },
    ],
  });
  return itemsShown === 0 || Buffer.byteLength(body) <= MAX_BYTES ? body : bodyOf(notice, itemsShown - 1);
}

/** https://adaptivecards.io/explorer */
function cardOf({ subject, parts, link }: TeamNotice, itemsShown: number): object {
  const { lead, items, commands, closing } = parts;
  return {
    $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
    type: "AdaptiveCard",
    version: "1.5",
    fallbackText: defuseForChat(subject),
    body: [
      paragraph({ text: defuseForChat(subject), weight: "Bolder", size: "Large" }),
      paragraph({ text: defuseForChat(lead, MAX_LEAD_CHARACTERS) }),
      ...firstItems(items, itemsShown).map((item) => paragraph({ text: `• ${defuseForChat(item)}` })),
      ...commands.map(({ label, command }) =>
        paragraph({ text: `${defuseForChat(label)}: ` }, { text: defuseForChat(command), fontType: "Monospace" }),
      ),
      ...closing.map((line) => paragraph({ text: defuseForChat(line), isSubtle: true })),
    ],
    ...(link === undefined ? {} : { actions: [{ type: "Action.OpenUrl", title: "Open", url: new URL(link).href }] }),
  };
}

interface Run {
  readonly text: string;
  readonly [format: string]: string | boolean;
}

/** Runs of text, which know no Markdown; a TextBlock does. */
const paragraph = (...runs: readonly Run[]) => ({
  type: "RichTextBlock",
  inlines: runs.map((run) => ({ type: "TextRun", ...run })),
});

/** A workflow takes a message before it has posted it: whether it did, only its own history tells. */
function judge({ status }: ChatAnswer): ChatRefusal | undefined {
  if (status >= 200 && status < 300) return undefined;
  if (status === 400 || status === 413)
    return { isOfThisNotice: true, how: `does not take the message (${status}); look at the history of its workflow` };
  return { isOfThisNotice: false, how: describeStatus(status) };
}

function describeStatus(status: number): string {
  if (status === 429) return "takes no more messages for now (429)";
  if (status >= 300 && status < 400) return "answered with a redirect, which is not followed";
  if (status >= 500) return `answered ${status}; see whether its workflow runs`;
  return `answered ${status}; its workflow is switched off or gone: make a new one and store its address`;
}
