import { RudderAnalytics } from "@rudderstack/analytics-js/bundled";

const { host, key, name } = document.body.dataset;
const client = new RudderAnalytics();
client.load(key, host, { configUrl: host, polyfillIfRequired: false, useBeacon: location.hash === "#together" });
client.ready(() => {
  client.page("Home");
  client.track(name, { before: "identify" });
  client.identify("web-1", { email: "web-1@shop.example", name: "Wendy Web" });
  client.group("acme", { name: "Acme Inc" });
  for (let n = 0; n < 9; n++) client.track(name, { n });
  document.title = "sent";
});
