/// <reference path="./.sst/platform/config.d.ts" />
/** Names the app, and what becomes of a stage. What is deployed is in infra/, one file for each concern. */
export default $config({
  async app({ stage }) {
    const { isProduction } = await import("./infra/stage.ts");
    const production = isProduction(stage);
    return { name: "mfa-warden", home: "aws", removal: production ? "retain" : "remove", protect: production };
  },
  async run() {
    const { deploy } = await import("./infra/app.ts");
    return deploy();
  },
});
