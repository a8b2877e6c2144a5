/** Receivers that keep what a team is told, by their name in the policy. */
import type { WardenError } from "../../lib/errors.ts";
import type { EventNotice, NoticeSender, TeamNotice } from "../../lib/model/index.ts";

export interface TeamMailbox {
  /** What each receiver was told since it was asked last. */
  take(name: string): EventNotice[];
  readonly receivers: ReadonlyMap<string, NoticeSender<TeamNotice>>;
}

/** @param fail why a receiver takes nothing now */
export function teamMailbox(
  names: readonly string[],
  fail: (name: string) => WardenError | undefined = () => undefined,
): TeamMailbox {
  const sent = new Map<string, EventNotice[]>(names.map((name) => [name, []]));
  const open = (name: string): NoticeSender<TeamNotice> => ({
    way: "slack",
    async send(notice) {
      const error = fail(name);
      if (error) throw error;
      if (notice.kind !== "plan" && notice.kind !== "test") sent.get(name)?.push(notice);
    },
  });
  return {
    take: (name) => sent.get(name)?.splice(0) ?? [],
    receivers: new Map(names.map((name) => [name, open(name)])),
  };
}
