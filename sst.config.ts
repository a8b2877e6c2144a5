/// <reference path="./.sst/platform/config.d.ts" />
/** Names the app, and what becomes of a stage. What is deployed is in infra/, one file for each concern. */
export default $config({
  async app({ stage }) {
    const { policyFile } = await import("./infra/load.ts");
    const { providerArgs } = await import("./infra/place.ts");
    const { isProduction } = await import("./infra/stage.ts");
    const production = isProduction(stage);
    return {
      name: "mfa-warden",
      home: "aws",
      removal: production ? "retain" : "remove",
      protect: production,
      providers: { aws: providerArgs(policyFile()) },
    };
  },
  async run() {
    const { deploy } = await import("./infra/app.ts");
    return deploy();
  },
});
