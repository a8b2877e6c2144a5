/** Events from outside: each names a subject that is looked at afresh, judged as in a sweep, and changed if policy says so. */

import { mapConcurrently } from "../concurrency.ts";
import { omitUndefined, type ReceivedMessage, type SubjectEvent } from "../model/index.ts";
import { acknowledge } from "./acknowledge.ts";
import { cacheDirectories } from "./directory-cache.ts";
import { parseMessage } from "./message.ts";
import type { RecheckPorts, RecheckResult, SubjectRecheckPorts } from "./ports.ts";
import { subjectRechecker } from "./recheck-subject.ts";
import { groupBySubject, recheckAll } from "./subject-events.ts";

export { readMessage } from "./message.ts";
export type { Rechecked, RecheckPorts, RecheckResult } from "./ports.ts";
export { readRotation } from "./secret-rotation.ts";

const MESSAGES_IN_PARALLEL = 8;

/**
 * Handles a batch of messages: parse, group by subject, recheck, acknowledge. Answers the ids of those that must come again,
 * as SQS wants it. What fails inside a message of several is queued again alone; a throttled directory's message comes back
 * after the time the vendor asked for.
 */
export function messageRechecker(
  ports: RecheckPorts,
): (messages: readonly ReceivedMessage[], signal: AbortSignal) => Promise<string[]> {
  const directories = cacheDirectories(ports);
  const recheckSubject = subjectRechecker(ports, directories);
  return async (messages, signal) => {
    directories.refresh();
    const parsed = await mapConcurrently(messages, MESSAGES_IN_PARALLEL, (message) =>
      parseMessage(ports, directories, message, signal),
    );
    const subjects = groupBySubject(parsed.flatMap(({ events = [] }) => events));
    const failures = await recheckAll(recheckSubject, subjects, signal);
    const comingAgain = await mapConcurrently(parsed, MESSAGES_IN_PARALLEL, (message) =>
      acknowledge(ports, message, failures, signal),
    );
    return comingAgain.filter((id) => id !== undefined);
  };
}

/**
 * Rechecks one subject for somebody who asks for it now: the same look, guards and budget as for an event. Throws what the vendor,
 * the ledger or a push throws.
 */
export async function recheckNow(
  ports: Omit<SubjectRecheckPorts, "onProgress">,
  event: SubjectEvent,
  signal: AbortSignal,
): Promise<RecheckResult> {
  let result: RecheckResult = { did: "failed" };
  const onProgress: SubjectRecheckPorts["onProgress"] = ({ did, outcome, why }) => {
    result = omitUndefined({ did, outcome, why });
  };
  const recheckSubject = subjectRechecker({ ...ports, onProgress }, cacheDirectories(ports));
  const { directory, subject } = event;
  await recheckSubject({ directory, subject, events: [event] }, signal);
  return result;
}
