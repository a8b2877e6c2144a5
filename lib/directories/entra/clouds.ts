/** Microsoft's clouds, and the hosts of each. https://learn.microsoft.com/graph/deployments */

export const CLOUDS = ["global", "us-gov", "us-gov-dod", "china"] as const;

export const HOSTS = {
  global: { graph: "https://graph.microsoft.com", login: "https://login.microsoftonline.com" },
  "us-gov": { graph: "https://graph.microsoft.us", login: "https://login.microsoftonline.us" },
  "us-gov-dod": { graph: "https://dod-graph.microsoft.us", login: "https://login.microsoftonline.us" },
  china: { graph: "https://microsoftgraph.chinacloudapi.cn", login: "https://login.chinacloudapi.cn" },
} as const satisfies Record<(typeof CLOUDS)[number], { graph: string; login: string }>;
