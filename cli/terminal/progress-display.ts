/** How far a directory is, and what shows it. */

/** How far one directory is. */
export interface DirectoryProgress {
  readonly phase: "starting" | "waiting" | "reading" | "judged" | "changing" | "done";
  readonly value: number;
  readonly total: number;
}

export interface ProgressDisplay {
  readonly show: (directory: string, progress: DirectoryProgress) => void;
  readonly stop: () => void;
}
