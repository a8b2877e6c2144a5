/** Makes foreign text harmless in a chat: no link, no mention, one line, not too long. */

const MAX_FOREIGN_CHARACTERS = 300;
const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };
/** Invisible; parts what a chat would take for a mention or a link. */
const ZERO_WIDTH_SPACE = "\u200b";

/**
 * Escapes a foreign text, at most 300 characters of it. Slack takes commands such as `<!channel>` in angle brackets
 * (https://docs.slack.dev/messaging/formatting-message-text), others that take its webhooks read `@channel` and
 * `[text](address)` as well; a bare address becomes a link anywhere.
 */
export function escapeForChat(text: string): string {
  return truncate(text.replace(/[\p{C}\p{Z}]+/gu, " ").trim(), MAX_FOREIGN_CHARACTERS)
    .replace(/[&<>]/g, (char) => ENTITIES[char] ?? "")
    .replace(/[@\]]|:(?=\/\/)/g, (char) => char + ZERO_WIDTH_SPACE);
}

/** @param limit in code points */
export function truncate(text: string, limit: number): string {
  const characters = [...text];
  return characters.length > limit ? `${characters.slice(0, limit - 1).join("")}…` : text;
}
