import { AnalyticsBrowser } from "@segment/analytics-next";

const { host, key, name } = document.body.dataset;
const batching = { "Segment.io": { deliveryStrategy: { strategy: "batching", config: { size: 4, timeout: 500 } } } };
const client = AnalyticsBrowser.load({ writeKey: key, cdnURL: host }, location.hash === "#together" ? { integrations: batching } : {});
(async () => {
  await client.page("Home");
  await client.track(name, { before: "identify" });
  await client.identify("web-1", { email: "web-1@shop.example", name: "Wendy Web" });
  await client.group("acme", { name: "Acme Inc" });
  for (let n = 0; n < 9; n++) await client.track(name, { n });
  document.title = "sent";
})();
