/** Says on an EventBridge bus that a run is over, or its report written, with the heads of its chains: who keeps them can tell when one is taken away. */
import type { EventBridgeClient, EventBridgeClientConfig } from "@aws-sdk/client-eventbridge";
import { WardenError } from "../errors.ts";
import type { AnnounceRun, ReportCompleted, RunCompleted } from "../model/index.ts";

const SOURCE = "mfa-warden";

/** Throws `ERR_BUS_UNAVAILABLE`. @param bus name or ARN; needs `events:PutEvents` on it */
export const eventBus = (config: EventBridgeClientConfig, bus: string): AnnounceRun =>
  speaker<RunCompleted>(config, bus, "run.completed", "the run itself is recorded");

/** As `eventBus`. */
export const reportBus = (config: EventBridgeClientConfig, bus: string) =>
  speaker<ReportCompleted>(config, bus, "report.completed", "the report itself is written");

/** The client is loaded with its first use. */
function speaker<Message extends object>(config: EventBridgeClientConfig, bus: string, type: string, comfort: string) {
  let client: EventBridgeClient | undefined;
  return async (message: Message, signal: AbortSignal): Promise<void> => {
    const sdk = await import("@aws-sdk/client-eventbridge");
    client ??= new sdk.EventBridgeClient(config);
    const entry = { EventBusName: bus, Source: SOURCE, DetailType: type, Detail: JSON.stringify(message) };
    const command = new sdk.PutEventsCommand({ Entries: [entry] });
    const answer = await client.send(command, { abortSignal: signal }).catch((error: unknown) => {
      throw unsaid(type, comfort, error instanceof Error ? error.name : "unknown error");
    });
    // The call succeeds although the entry did not.
    const [taken] = answer.Entries ?? [];
    if (taken?.EventId === undefined) throw unsaid(type, comfort, taken?.ErrorCode ?? "no answer");
  };
}

const unsaid = (type: string, comfort: string, why: string) =>
  new WardenError(
    "ERR_BUS_UNAVAILABLE",
    `The event ${type} could not be put on the bus (${why}); ${comfort}, look at the event bus.`,
  );
