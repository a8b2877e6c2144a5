/** The room of notices: the words that tell a person of a coming change, and the signed request that carries them. */
export { composeNotice } from "./compose.ts";
export { composeEventNotice, type EventWords } from "./compose-event.ts";
export { composePlanNotice } from "./compose-plan.ts";
export { composeTestNotice } from "./compose-test.ts";
export { shellWord } from "./shell-word.ts";
export { slackSender } from "./slack.ts";
export { teamsSender } from "./teams.ts";
export { webhookSender } from "./webhook.ts";
