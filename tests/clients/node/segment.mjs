import { Analytics } from "@segment/analytics-node";
import { HOST, KEY, NAME, fails } from "./told.mjs";

const client = new Analytics({ writeKey: KEY, host: HOST, flushInterval: 200 });
client.on("error", fails);
client.identify({ userId: "node-1", traits: { email: "node-1@shop.example", name: "Nina Node" } });
client.group({ userId: "node-1", groupId: "acme", traits: { name: "Acme Inc" } });
for (let n = 0; n < 40; n++) client.track({ userId: `node-${n % 4}`, event: NAME, properties: { n } });
client.track({ userId: "node-1", event: NAME, messageId: "said-twice" });
client.track({ userId: "node-1", event: NAME, messageId: "said-twice" });
client.page({ userId: "node-1", name: "Home" });
client.alias({ userId: "node-1", previousId: "before-1" });
await client.closeAndFlush();
