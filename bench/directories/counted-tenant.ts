/** What the rows of the directories need of a vendor's simulator. */

/** A simulated tenant in which nothing has to be changed. */
export interface CountedTenant {
  /** As the policy has it, but for its id and mode. */
  readonly directory: object;
  readonly secret: object;
  readonly directoryClock?: () => number;
  /** All calls since its start, by "METHOD route". */
  countCalls(): Record<string, number>;
  /** Reads the pages of its accounts and nothing else; answers how many there are. */
  readPages(): Promise<number>;
  close(): Promise<void>;
}
