import { jitsuAnalytics } from "@jitsu/js";

const { host, key, name } = document.body.dataset;
const client = jitsuAnalytics({ host, writeKey: `${key}:secret` });
(async () => {
  await client.page("Home");
  await client.track(name, { before: "identify" });
  await client.identify("web-1", { email: "web-1@shop.example", name: "Wendy Web" });
  await client.group("acme", { name: "Acme Inc" });
  for (let n = 0; n < 9; n++) await client.track(name, { n });
  document.title = "sent";
})();
