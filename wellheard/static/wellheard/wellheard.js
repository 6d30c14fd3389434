/* Wellheard in a page: page views, visible time, clicks on named elements. No cookie, and no storage unless data-remember
   says so and it is allowed. <script defer src="https://…/wellheard.js" data-key="wk_…"></script> */
(() => {
  "use strict";
  const w = window, d = document, n = navigator, l = location;
  const tag = d.currentScript || d.querySelector("script[data-key][src*='wellheard.js']");
  const set = tag.dataset, to = (set.host || new URL(tag.src).origin) + "/v1/b";
  const refuses = n.globalPrivacyControl || n.doNotTrack === "1" || w.doNotTrack === "1";
  const remembers = "remember" in set, ID = "wellheard_id", YES = "wellheard_consent";
  const uuid = () => crypto.randomUUID?.() || [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");
  const store = (act, name, value) => { try { return localStorage[act](name, value); } catch { return null; } };
  let allowed = !refuses && (set.consent !== "required" || (remembers && store("getItem", YES) === "1"));
  let anonymous = uuid(), session = uuid(), user = null, account = null;
  let queue = [], timer = 0, failed = 0, shown = "", before = d.referrer, since = 0, spent = 0;

  const recall = () => {
    if (!remembers || !allowed) return;
    const held = store("getItem", ID);
    if (held) anonymous = held; else store("setItem", ID, anonymous);
  };
  const address = () => {
    const kept = new URLSearchParams([...new URLSearchParams(l.search)].filter(([name]) => "query" in set || name.startsWith("utm_"))).toString();
    return l.origin + l.pathname + (kept && "?" + kept) + ("hash" in set ? l.hash : "");
  };
  const bare = (url) => url.split(/[?#]/)[0];
  const parcel = (batch) => JSON.stringify({ writeKey: set.key, sentAt: new Date().toISOString(), batch });

  // Text and no headers of our own: no page needs to ask beforehand whether it may send.
  const flush = (leaving) => {
    clearTimeout(timer);
    timer = 0;
    if (!allowed || !queue.length) return;
    const batch = queue.splice(0, 50), body = parcel(batch);
    if (leaving && n.sendBeacon?.(to, body)) { if (queue.length) flush(leaving); return; }
    const again = () => { if (failed++ < 5) { queue.unshift(...batch); timer ||= setTimeout(flush, 2000 * 2 ** failed); } };
    fetch(to, { method: "POST", body, keepalive: body.length < 6e4, credentials: "omit" })
      .then((r) => { if (r.status === 429 || r.status > 499) again(); else failed = 0; }, again);
    if (queue.length && !timer) timer = setTimeout(flush, 100);
  };
  const put = (type, more, at = address()) => {
    if (refuses) return;
    if (queue.length > 199) queue.shift();
    queue.push({
      type, messageId: uuid(), timestamp: new Date().toISOString(), anonymousId: anonymous, userId: user, ...more,
      context: {
        page: { url: at, path: new URL(at).pathname, referrer: bare(before), title: d.title }, sessionId: session, groupId: account,
        locale: n.language, library: { name: "wellheard.js", version: "1" },
      },
    });
    if (allowed) timer ||= setTimeout(flush, 300);
  };

  // Time counts while the page can be seen; what has been counted is told when it is hidden or left.
  const look = () => { if (!since && d.visibilityState === "visible") since = performance.now(); };
  const leave = () => {
    if (since) spent += performance.now() - since;
    since = 0;
    if (shown && spent > 50) put("track", { event: "$pageleave", properties: { duration: Math.round(spent) / 1000 } }, shown);
    spent = 0;
  };
  const page = (name, properties) => {
    const here = address();
    if (shown) { leave(); if (shown !== here) before = shown; }
    shown = here;
    look();
    put("page", { name, properties: properties || {} });
  };
  const moved = () => { if (address() !== shown) page(); };

  const api = {
    page,
    track: (event, properties) => put("track", { event, properties: properties || {} }),
    identify: (id, traits) => { user = String(id); put("identify", { traits: traits || {} }); },
    group: (id, traits) => { account = String(id); put("group", { groupId: account, traits: traits || {} }); },
    reset: () => { user = account = null; anonymous = uuid(); session = uuid(); if (remembers && allowed) store("setItem", ID, anonymous); },
    consent: (yes) => {
      allowed = !!yes && !refuses;
      if (allowed) {
        const held = anonymous;
        if (remembers) { recall(); store("setItem", YES, "1"); }
        queue.forEach((m) => { if (m.anonymousId === held) m.anonymousId = anonymous; });
        flush();
      } else { queue = []; store("removeItem", ID); store("removeItem", YES); }
    },
    push: (...calls) => calls.forEach(([name, ...said]) => api[name]?.(...said)),
  };
  const early = w.wellheard;
  w.wellheard = api;
  recall();

  const start = () => {
    if (!("manual" in set)) {
      page();
      for (const name of ["pushState", "replaceState"]) {
        const own = history[name];
        history[name] = function (...said) { const back = own.apply(this, said); moved(); return back; };
      }
      w.addEventListener("popstate", moved);
      if ("hash" in set) w.addEventListener("hashchange", moved);
      w.addEventListener("pageshow", (e) => { if (e.persisted) page(); });
    }
    const gone = () => { leave(); flush(true); };
    d.addEventListener("visibilitychange", () => { if (d.visibilityState === "hidden") gone(); else look(); });
    w.addEventListener("pagehide", gone);
    d.addEventListener("click", (e) => {
      const named = e.target.closest?.("[data-wellheard]");
      if (!named?.dataset.wellheard) return;
      const properties = {};
      for (const [key, value] of Object.entries(named.dataset)) if (/^wellheard[A-Z]/.test(key)) properties[key[9].toLowerCase() + key.slice(10)] = value;
      api.track(named.dataset.wellheard, properties);
    }, true);
    if (Array.isArray(early)) api.push(...early);
  };
  if (d.prerendering) d.addEventListener("prerenderingchange", start, { once: true }); else start();
})();
