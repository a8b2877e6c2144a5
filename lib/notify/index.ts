/** The room of messages: texts for chats, made from alarms and from our own events. */
export { ALARMS, alertText } from "./alert-text.ts";
export { defuseForChat, escapeForChat, truncate } from "./chat-text.ts";
