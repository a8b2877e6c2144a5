/** Notices about coming changes, beside the state of the account; and what teams were told last of a directory, an item each. */
import type { NoticeRecord, NoticeStore, TeamNoticeRecord } from "../model/index.ts";
import type { LedgerContext } from "./context.ts";
import { stateKey, toldKey, toldPartition } from "./keys.ts";

const MAX_NOTICES_KEPT = 20;

/** Notices, in the item of the state. */
export const noticeStore = ({ table }: LedgerContext): NoticeStore => ({
  async saveNotice({ directory, id }, known, notice) {
    const last = known.at(-1);
    const earlier = last && isSameAttempt(last, notice) ? known.slice(0, -1) : known;
    const list = [...earlier, notice].slice(-MAX_NOTICES_KEPT);
    const token = tokenOf(notice);
    const untouched = last ? "#notices.#token = :was" : "attribute_not_exists(#notices)";
    const item = await table.update(stateKey(directory, id), {
      set: ["#notices = :notices"],
      // The second half is this very call, come twice because its first answer was lost.
      when: `attribute_exists(pk) AND (${untouched} OR #notices.#token = :token)`,
      values: { notices: { list, token }, token, ...(last ? { was: tokenOf(last) } : {}) },
    });
    return item !== undefined;
  },

  async readTeamNotices(directory) {
    const pages = await Array.fromAsync(table.query({}, "pk = :pk", { pk: toldPartition(directory) }));
    return pages.flat().map(({ record }): TeamNoticeRecord => record);
  },

  async saveTeamNotice(directory, known, next) {
    const token = teamTokenOf(next);
    const untouched = known ? "#token = :was" : "attribute_not_exists(pk)";
    const item = await table.update(toldKey(directory, next.topic, next.recipient), {
      set: ["#record = :record", "#token = :token"],
      // The second half is this very call, come twice because its first answer was lost.
      when: `${untouched} OR #token = :token`,
      values: { record: next, token, ...(known ? { was: teamTokenOf(known) } : {}) },
    });
    return item !== undefined;
  },
});

const teamTokenOf = ({ run, at, status }: TeamNoticeRecord): string => [run, at, status].join("#");

const isSameAttempt = (a: NoticeRecord, b: NoticeRecord): boolean =>
  a.run === b.run && a.kind === b.kind && a.at === b.at;

const tokenOf = ({ run, kind, at, status }: NoticeRecord): string => [run, kind, at, status].join("#");
