/** Says on an EventBridge bus that a run is over, or its report written, with the heads of its chains: who keeps them can tell when one is taken away. */
import type { EventBridgeClientConfig } from "@aws-sdk/client-eventbridge";
import { WardenError } from "../errors.ts";
import type { AnnouncePlan, AnnounceRun, PlanChanged, ReportCompleted, RunCompleted } from "../model/index.ts";
import { callAws } from "./call.ts";
import { lazyClient } from "./client.ts";

const SOURCE = "mfa-warden";

interface EventKind {
  readonly type: string;
  /** What is safe all the same when the event could not be put on the bus. */
  readonly reassurance: string;
}

const RUN_COMPLETED: EventKind = { type: "run.completed", reassurance: "the run itself is recorded" };
const PLAN_CHANGED: EventKind = { type: "plan.changed", reassurance: "the plan itself is recorded" };
const REPORT_COMPLETED: EventKind = { type: "report.completed", reassurance: "the report itself is written" };

/** Announces runs. Throws `ERR_BUS_UNAVAILABLE`. @param bus name or ARN; needs `events:PutEvents` on it */
export const eventBus = (config: EventBridgeClientConfig, bus: string): AnnounceRun =>
  publisher<RunCompleted>(config, bus, RUN_COMPLETED);

/** Announces reports, as `eventBus` announces runs. */
export const reportBus = (config: EventBridgeClientConfig, bus: string) =>
  publisher<ReportCompleted>(config, bus, REPORT_COMPLETED);

/** Announces plans, as `eventBus` announces runs. */
export const planBus = (config: EventBridgeClientConfig, bus: string): AnnouncePlan =>
  publisher<PlanChanged>(config, bus, PLAN_CHANGED);

function publisher<Message extends object>(config: EventBridgeClientConfig, bus: string, kind: EventKind) {
  const connect = lazyClient(
    () => import("@aws-sdk/client-eventbridge"),
    (sdk) => new sdk.EventBridgeClient(config),
  );
  return (message: Message, signal: AbortSignal): Promise<void> =>
    callAws(
      async () => {
        const { sdk, client } = await connect();
        const entry = {
          EventBusName: bus,
          Source: SOURCE,
          DetailType: kind.type,
          Detail: JSON.stringify(message),
        };
        const command = new sdk.PutEventsCommand({ Entries: [entry] });
        const { Entries: [taken] = [] } = await client.send(command, { abortSignal: signal });
        // The call succeeds although the entry did not.
        if (taken?.EventId === undefined) throw unannounced(kind, taken?.ErrorCode ?? "no answer");
      },
      ({ cause }) => unannounced(kind, cause),
    );
}

const unannounced = ({ type, reassurance }: EventKind, cause: string) =>
  new WardenError(
    "ERR_BUS_UNAVAILABLE",
    `The event ${type} could not be put on the bus (${cause}); ${reassurance}, look at the event bus.`,
  );
