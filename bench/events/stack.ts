/** The embedded stack over a state folder of its own. */
import { joinStack, type Stack } from "../../cli/state/stack.ts";
import { withTemporaryFolder } from "../shared/temporary-folder.ts";

const START_TIMEOUT_MS = 30_000;

/** Starts a stack, and ends it when `work` has ended. @param work gets the stack and its state folder */
export const withStack = <T>(work: (stack: Stack, state: string) => Promise<T>): Promise<T> =>
  withTemporaryFolder(async (state) => {
    const stack = await joinStack(state, AbortSignal.timeout(START_TIMEOUT_MS));
    try {
      return await work(stack, state);
    } finally {
      await stack.stop();
    }
  });
