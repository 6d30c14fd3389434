import posthog from "posthog-js";

const { host, key, name } = document.body.dataset;
posthog.init(key, {
  api_host: host, ui_host: host, disable_session_recording: true, disable_surveys: true, capture_pageview: true,
  advanced_disable_toolbar_metrics: true, disable_external_dependency_loading: true,
  loaded: (client) => {
    client.capture(name, { before: "identify" });
    client.identify("web-1", { email: "web-1@shop.example", name: "Wendy Web" });
    client.group("company", "acme", { name: "Acme Inc" });
    for (let n = 0; n < 9; n++) client.capture(name, { n });
    document.title = "sent";
  },
});
