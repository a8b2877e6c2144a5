/** Notices as files in the state folder, which its owner alone can read: for trying them out, and for whoever sends them by hand. */
import { join } from "node:path";
import { WardenError } from "../../lib/errors.ts";
import type { NoticeSender } from "../../lib/model/index.ts";
import { causeOf, createPrivateFile, makeFolder } from "./private-files.ts";

/** A file a notice, named by what it is about; one that is there already is the same notice, and stays. */
export const folderSender = (folder: string): NoticeSender => ({
  way: "folder",
  async ready() {
    makeFolder(folder, "folder of notices", "--state");
  },
  async send(notice) {
    try {
      makeFolder(folder, "folder of notices", "--state");
      createPrivateFile(join(folder, `${notice.id}.json`), `${JSON.stringify(notice, null, 2)}\n`);
    } catch (error) {
      const message = `The notice could not be written into ${folder} (${causeOf(error)}); make it writable.`;
      throw new WardenError("ERR_NOTICE_UNAVAILABLE", message);
    }
  },
});
