import { PostHog } from "posthog-node";
import { HOST, KEY, NAME, fails } from "./told.mjs";

const client = new PostHog(KEY, { host: HOST, flushInterval: 200, flushAt: 20 });
client.on("error", fails);
client.identify({ distinctId: "node-1", properties: { email: "ph-1@shop.example", name: "Petra Post" } });
client.groupIdentify({ groupType: "company", groupKey: "acme", properties: { name: "Acme Inc" } });
client.alias({ distinctId: "node-1", alias: "before-1" });
for (let n = 0; n < 41; n++) client.capture({ distinctId: `node-${n % 4}`, event: NAME, properties: { n }, groups: { company: "acme" } });
const flags = await client.getAllFlags("node-1");
if (Object.keys(flags).length) fails("flags that do not exist");
await client.shutdown();
