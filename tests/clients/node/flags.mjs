// One library's answers for every person and flag, as JSON on the last line. What to ask comes as JSON on stdin.
import { readFileSync } from "node:fs";
import { HOST, KEY } from "./told.mjs";

const { people, flags } = JSON.parse(readFileSync(0, "utf8"));
const TOKEN = process.env.TOKEN;

async function each(answer) {
  const found = {};
  for (const person of people) found[person.id] = await answer(person);
  return found;
}

const ways = {
  async openfeature() {
    const { OpenFeature } = await import("@openfeature/server-sdk");
    const { OFREPProvider } = await import("@openfeature/ofrep-provider");
    await OpenFeature.setProviderAndWait(new OFREPProvider({ baseUrl: HOST, headers: [["Authorization", `Bearer ${KEY}`]] }));
    const client = OpenFeature.getClient();
    const ask = { boolean: "getBooleanValue", string: "getStringValue", number: "getNumberValue", object: "getObjectValue" };
    return each(async ({ id, ...said }) => Object.fromEntries(await Promise.all(
      Object.entries(flags).map(async ([key, value]) => [key, await client[ask[typeof value]](key, value, { targetingKey: id, ...said })]),
    )));
  },

  async posthog(personalApiKey = undefined) {
    const { PostHog } = await import("posthog-node");
    const client = new PostHog(KEY, { host: HOST, personalApiKey, flushInterval: 100 });
    if (personalApiKey) await client.reloadFeatureFlags();
    const found = await each(({ id, ...said }) => client.getAllFlags(id, { personProperties: said, onlyEvaluateLocally: !!personalApiKey }));
    // One flag by its name is an exposure; what the definitions cannot carry is asked of the server.
    for (const { id, ...said } of people.slice(0, 10)) {
      for (const key of Object.keys(flags)) await client.getFeatureFlag(key, id, { personProperties: said });
    }
    await client.shutdown();
    return found;
  },

  posthog_local: () => ways.posthog(TOKEN),

  async growthbook(remoteEval = false) {
    const { GrowthBook } = await import("@growthbook/growthbook");
    const seen = [];
    const found = await each(async (attributes) => {
      const client = new GrowthBook({
        apiHost: HOST, clientKey: KEY, attributes, remoteEval, cacheKeyAttributes: remoteEval ? ["id", "plan"] : undefined,
        trackingCallback: (experiment, result) => seen.push({ id: attributes.id, flag: experiment.key, index: result.variationId, key: result.key }),
      });
      await client.init({ timeout: 5000 });
      const answers = Object.fromEntries(Object.entries(flags).map(([key, value]) => [key, client.getFeatureValue(key, value)]));
      client.destroy();
      return answers;
    });
    return { found, seen };
  },

  async growthbook_plugin() {
    const { GrowthBook } = await import("@growthbook/growthbook");
    const { growthbookTrackingPlugin } = await import("@growthbook/growthbook/plugins");
    const found = await each(async (attributes) => {
      const client = new GrowthBook({
        apiHost: HOST, clientKey: KEY, attributes, plugins: [growthbookTrackingPlugin({ ingestorHost: HOST, queueFlushInterval: 10 })],
      });
      await client.init({ timeout: 5000 });
      const answers = Object.fromEntries(Object.entries(flags).map(([key, value]) => [key, client.getFeatureValue(key, value)]));
      await new Promise((done) => setTimeout(done, 30));
      client.destroy();
      return answers;
    });
    return found;
  },

  growthbook_remote: () => ways.growthbook(true),
};

console.log(JSON.stringify(await ways[process.argv[2]]()));
