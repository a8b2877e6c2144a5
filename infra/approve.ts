/** Decisions on plans: an API of its own, which IAM guards, so that who decides is who signed the call. */
import { bus, sayOnBus } from "./bus.ts";
import { environment, judging, logRetention } from "./lambda.ts";
import { decideOnPlans, ledger } from "./ledger.ts";
import { run } from "./sweep.ts";

export const approvals = new sst.aws.ApiGatewayV2("Approvals", {
  cors: false,
  accessLog: { retention: logRetention },
  transform: { stage: { defaultRouteSettings: { throttlingRateLimit: 5, throttlingBurstLimit: 10 } } },
});

/** Whoever may call it still has to be named in the policy's `approval.approvers`. */
const door = approvals.route(
  "POST /decisions",
  {
    ...judging,
    handler: "functions/approve.handler",
    memory: "512 MB",
    timeout: "30 seconds",
    environment: {
      ...environment,
      MFA_WARDEN_TABLE: ledger.name,
      MFA_WARDEN_BUS: bus.name,
      MFA_WARDEN_RUN_FUNCTION: run.nodes.function.targetArn,
    },
    permissions: [
      ...decideOnPlans,
      ...sayOnBus,
      // The version that was deployed with this function.
      { actions: ["lambda:InvokeFunction"], resources: [run.nodes.function.targetArn] },
    ],
  },
  { name: "Approve", auth: { iam: true } },
);
export const approve = door.nodes.function;
