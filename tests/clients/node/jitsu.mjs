import { jitsuAnalytics } from "@jitsu/js";
import { HOST, KEY, NAME } from "./told.mjs";

const client = jitsuAnalytics({ host: HOST, writeKey: `${KEY}:secret`, s2s: true });
await client.identify("node-1", { email: "jitsu-1@shop.example", name: "Jim Jitsu" });
await client.group("acme", { name: "Acme Inc" });
for (let n = 0; n < 41; n++) await client.track(NAME, { n });
