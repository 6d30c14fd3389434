// Asks for flags in a browser, by the library that the address names; what it says stands in window.found.
import { OFREPWebProvider } from "@openfeature/ofrep-web-provider";
import { OpenFeature } from "@openfeature/web-sdk";
import { GrowthBook } from "@growthbook/growthbook";
import posthog from "posthog-js";

const { host, key, name } = document.body.dataset;
const { people, flags } = JSON.parse(name);

const ways = {
  async openfeature() {
    const first = people[0];
    await OpenFeature.setContext({ targetingKey: first.id, plan: first.plan });
    await OpenFeature.setProviderAndWait(new OFREPWebProvider({ baseUrl: host, headers: [["Authorization", `Bearer ${key}`]] }));
    const client = OpenFeature.getClient();
    const ask = { boolean: "getBooleanValue", string: "getStringValue", number: "getNumberValue", object: "getObjectValue" };
    const found = {};
    for (const { id, ...said } of people) {
      await OpenFeature.setContext({ targetingKey: id, ...said });
      found[id] = Object.fromEntries(Object.entries(flags).map(([flag, value]) => [flag, client[ask[typeof value]](flag, value)]));
    }
    return found;
  },

  async posthog() {
    posthog.init(key, {
      api_host: host, ui_host: host, disable_session_recording: true, disable_surveys: true, capture_pageview: false,
      advanced_disable_toolbar_metrics: true, disable_external_dependency_loading: true, request_batching: false,
    });
    const found = {};
    for (const { id, ...said } of people) {
      posthog.reset();
      posthog.identify(id);
      posthog.setPersonPropertiesForFlags(said, false);
      await new Promise((done) => {
        let asked = false;
        const stop = posthog.onFeatureFlags(() => { if (asked) { stop?.(); done(); } });
        asked = true;
        posthog.reloadFeatureFlags();
      });
      found[id] = Object.fromEntries(Object.keys(flags).map((flag) => [flag, posthog.getFeatureFlag(flag)]));
    }
    return found;
  },

  async growthbook() {
    const found = {};
    for (const attributes of people) {
      const client = new GrowthBook({ apiHost: host, clientKey: key, attributes });
      await client.init({ timeout: 5000 });
      found[attributes.id] = Object.fromEntries(Object.entries(flags).map(([flag, value]) => [flag, client.getFeatureValue(flag, value)]));
      client.destroy();
    }
    return found;
  },
};

ways[location.hash.slice(1)]().then(
  (found) => { window.found = found; document.title = "sent"; },
  (problem) => { window.found = String(problem?.stack || problem); document.title = "failed"; },
);
