/** Makes foreign text harmless in a chat: no link, no mention, one line, not too long. */

const MAX_FOREIGN_CHARACTERS = 300;
const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };
/** Invisible; parts what a chat would take for a mention or a link. */
const ZERO_WIDTH_SPACE = "\u200b";

/**
 * Escapes a foreign text for Slack and what takes Slack's webhooks. Slack takes commands such as `<!channel>` in angle brackets
 * (https://docs.slack.dev/messaging/formatting-message-text), others read `@channel` and `[text](address)` as well; a bare
 * address becomes a link anywhere. @param limit in code points, before it is escaped
 */
export function escapeForChat(text: string, limit = MAX_FOREIGN_CHARACTERS): string {
  return oneLine(text, limit)
    .replace(/[&<>]/g, (char) => ENTITIES[char] ?? "")
    .replace(/[@\]]|:(?=\/\/)/g, (char) => char + ZERO_WIDTH_SPACE);
}

/** The same for a chat that shows a text as it is, and may still make a link or a mention of it. */
export const defuseForChat = (text: string, limit = MAX_FOREIGN_CHARACTERS): string =>
  oneLine(text, limit).replace(/[<@\]]|:(?=\/\/)/g, (char) => char + ZERO_WIDTH_SPACE);

const oneLine = (text: string, limit: number): string => truncate(text.replace(/[\p{C}\p{Z}]+/gu, " ").trim(), limit);

/** @param limit in code points */
export function truncate(text: string, limit: number): string {
  const characters = [...text];
  return characters.length > limit ? `${characters.slice(0, limit - 1).join("")}…` : text;
}
