/** The parts of a notice as plain text. Pure. */
import type { NoticeParts, TeamNotice } from "../model/index.ts";

/** As wide as the longest label of a plan's commands, with a space behind it. */
const LABEL_WIDTH = 13;

export function textOfParts({ lead, items, commands, closing }: NoticeParts, link: TeamNotice["link"]): string {
  const blocks = [
    "Hello,",
    lead,
    items.map((item) => `- ${item}`).join("\n"),
    commands.map(({ label, command }) => `${`${label}:`.padEnd(LABEL_WIDTH)}${command}`).join("\n"),
    link ?? "",
    closing.join("\n"),
  ];
  return `${blocks.filter((block) => block !== "").join("\n\n")}\n`;
}
