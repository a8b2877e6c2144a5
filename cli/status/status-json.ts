/** The one object of `status --json`. */

import { planStatusAt } from "../../lib/model/index.ts";
import { clock } from "../local/records.ts";
import { needOf } from "../terminal/open-accounts.ts";
import type { DirectoryStatus, Status } from "./read-status.ts";

export const statusJson = ({ runs, dead, halted, directories, undoing }: Status) => ({
  runs: runs.map((run) => (dead.has(run.run) ? { ...run, died: true } : run)),
  halted: halted ?? null,
  directories: directories.map(directoryJson),
  undoing,
});

const directoryJson = ({ record, plan, halted, holds, open }: DirectoryStatus) => ({
  ...record,
  waiting: plan && planStatusAt(plan, clock()) === "waiting" ? plan : null,
  halted: halted ?? null,
  holds,
  open: open.map((state) => ({
    id: state.id,
    username: state.username,
    needs: needOf(state) ?? null,
    ...state.judgement,
  })),
});
