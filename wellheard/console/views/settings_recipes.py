"""How each library is pointed here, in a few lines. docs/sdks.md shows the same."""

from __future__ import annotations

from dataclasses import dataclass

KEY, HOST = "wk_KEY", "https://wellheard.example"


@dataclass(frozen=True, slots=True)
class Recipe:
    name: str
    code: str
    note: str = ""

    def filled(self, key: str, host: str) -> Recipe:
        bare = host.partition("://")[2]
        code = self.code.replace(HOST, host).replace(HOST.partition("://")[2], bare).replace(KEY, key)
        return Recipe(self.name, code, self.note)


RECIPES = [
    Recipe(
        "A web page, no library",
        '<script defer src="https://wellheard.example/wellheard.js" data-key="wk_KEY"></script>\n'
        '<button data-wellheard="Plan Chosen" data-wellheard-plan="pro">Pro</button>\n'
        "\n"
        "// in your own scripts, before or after it has loaded\n"
        "const wellheard = (window.wellheard ||= []);\n"
        'wellheard.push(["identify", "user-1", { email: "ann@example.com", name: "Ann" }]);\n'
        'wellheard.push(["group", "acme", { name: "Acme" }]);\n'
        'wellheard.push(["track", "Report Opened", { pages: 3 }]);',
        "Page views, visible time and named clicks by itself, under 3 kB. No cookie, nothing stored; "
        'data-consent="required" sends nothing before wellheard.consent(true); data-remember knows a visitor again.',
    ),
    Recipe(
        "curl",
        "curl https://wellheard.example/v1/track -u wk_KEY: -d "
        """'{"userId": "user-1", "event": "Report Opened"}'""",
    ),
    Recipe(
        "Segment, Python",
        "import segment.analytics as analytics\n"
        'analytics.write_key = "wk_KEY"\n'
        'analytics.host = "https://wellheard.example"\n'
        'analytics.track("user-1", "Report Opened")',
    ),
    Recipe(
        "Segment, Node",
        'import { Analytics } from "@segment/analytics-node";\n'
        'const analytics = new Analytics({ writeKey: "wk_KEY", host: "https://wellheard.example" });\n'
        'analytics.track({ userId: "user-1", event: "Report Opened" });',
    ),
    Recipe(
        "Segment, browser",
        'import { AnalyticsBrowser } from "@segment/analytics-next";\n'
        "const analytics = AnalyticsBrowser.load("
        '{ writeKey: "wk_KEY", cdnURL: "https://wellheard.example" });\n'
        'analytics.track("Report Opened");',
        "From a bundler. The snippet that fetches analytics.min.js from a CDN is not served here.",
    ),
    Recipe(
        "RudderStack, Python",
        "from rudderstack.analytics.client import Client\n"
        'client = Client("wk_KEY", host="https://wellheard.example")\n'
        'client.track("user-1", "Report Opened")',
    ),
    Recipe(
        "RudderStack, Node",
        'import RudderAnalytics from "@rudderstack/rudder-sdk-node";\n'
        'const client = new RudderAnalytics("wk_KEY", { dataPlaneUrl: "https://wellheard.example" });\n'
        'client.track({ userId: "user-1", event: "Report Opened" });',
    ),
    Recipe(
        "RudderStack, browser",
        'import { RudderAnalytics } from "@rudderstack/analytics-js/bundled";\n'
        "const client = new RudderAnalytics();\n"
        'client.load("wk_KEY", "https://wellheard.example", { configUrl: "https://wellheard.example" });\n'
        'client.track("Report Opened");',
        "The bundled build: the other one fetches its parts from a CDN.",
    ),
    Recipe(
        "Jitsu",
        'import { jitsuAnalytics } from "@jitsu/js";\n'
        'const client = jitsuAnalytics({ host: "https://wellheard.example", writeKey: "wk_KEY:browser" });\n'
        'client.track("Report Opened");',
        "Jitsu wants something after the colon; what it is does not matter here.",
    ),
    Recipe(
        "PostHog, Python",
        "from posthog import Posthog\n"
        'client = Posthog("wk_KEY", host="https://wellheard.example")\n'
        'client.capture("Report Opened", distinct_id="user-1", groups={"company": "acme"})',
    ),
    Recipe(
        "PostHog, Node",
        'import { PostHog } from "posthog-node";\n'
        'const client = new PostHog("wk_KEY", { host: "https://wellheard.example" });\n'
        'client.capture({ distinctId: "user-1", event: "Report Opened", groups: { company: "acme" } });',
    ),
    Recipe(
        "PostHog, browser",
        'import posthog from "posthog-js";\n'
        'posthog.init("wk_KEY", { api_host: "https://wellheard.example", disable_session_recording: true });\n'
        'posthog.capture("Report Opened");',
        "Events, page views and autocapture. Recordings, surveys and heat maps are not taken.",
    ),
]


def recipes(key: str, host: str) -> list[Recipe]:
    return [recipe.filled(key, host) for recipe in RECIPES]
