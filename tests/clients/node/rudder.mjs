import RudderAnalytics from "@rudderstack/rudder-sdk-node";
import { HOST, KEY, NAME, fails } from "./told.mjs";

const client = new RudderAnalytics(KEY, { dataPlaneUrl: HOST, flushInterval: 200, errorHandler: fails });
client.identify({ userId: "node-1", traits: { email: "rudder-1@shop.example", name: "Rita Rudder" } });
client.group({ userId: "node-1", groupId: "acme", traits: { name: "Acme Inc" } });
for (let n = 0; n < 41; n++) client.track({ userId: `node-${n % 4}`, event: NAME, properties: { n } });
await new Promise((done) => client.flush(done));
await new Promise((done) => setTimeout(done, 800));
process.exit();
