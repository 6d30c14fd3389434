/* Wellheard's widget: say something, report a bug, read news and answers, on any page.
   <script async src="https://…/widget.js" data-workspace="acme"></script>
   No cookie; nothing is asked of the network before somebody opens it; no style, script or markup is written into the page. */
(() => {
  "use strict";
  const w = window, d = document, n = navigator;
  const tag = d.currentScript || d.querySelector("script[data-workspace][src*='widget.js']");
  if (!tag || w.wellheardWidget) return;
  const set = tag.dataset, base = new URL(tag.src).origin + "/widget/" + encodeURIComponent(set.workspace) + "/";
  const KEY = "wellheard_widget_" + set.workspace;
  let token = set.token || "", told = null, words = {}, root, box, tab = "say", shot = null, last = null, opened = false, own = "";

  const keep = (value) => { own = value; try { localStorage.setItem(KEY, value); } catch { /* then for this visit only */ } };
  const held = () => { if (!own) try { own = localStorage.getItem(KEY) || ""; } catch { own = ""; } return own; };
  const make = (name, is = {}, ...inside) => {
    const made = d.createElement(name);
    for (const [k, v] of Object.entries(is)) {
      if (v === false || v == null) continue;
      if (k.startsWith("on")) made.addEventListener(k.slice(2), v);
      else if (k in made && typeof v === "boolean") made[k] = v;
      else made.setAttribute(k, v === true ? "" : v);
    }
    made.append(...inside.flat().filter((i) => i != null && i !== false));
    return made;
  };
  const post = async (where, fields) => {
    const form = new FormData();
    if (token) form.append("token", token); else if (held()) form.append("key", held());
    for (const [k, v] of Object.entries(fields)) if (v) form.append(k, v, ...(v instanceof Blob ? ["picture.jpg"] : []));
    const reply = await fetch(base + where, { method: "POST", body: form, credentials: "omit", mode: "cors" });
    const said = await reply.json();
    if (!reply.ok) throw Object.assign(new Error(said.message), { code: said.code, status: reply.status });
    return said;
  };

  const DARK = "--ink:#f2efe9;--soft:#b3aca1;--card:#211f1b;--line:#4a463f;--sunk:#191815;--act:#a9a6ff;--on:#17160f;--bad:#ff9c92;color-scheme:dark";
  const CSS = `:host{all:initial;color-scheme:light;--ink:#1b1915;--soft:#5f5950;--card:#fff;--line:#d9d3c8;--sunk:#f4f1ea;--act:#3b38a8;--on:#fff;--bad:#a3231b}
@media(prefers-color-scheme:dark){:host(:not([data-scheme=light])){${DARK}}}:host([data-scheme=dark]){${DARK}}
*{box-sizing:border-box;font-family:system-ui,sans-serif;line-height:1.45}
[hidden]{display:none!important}
.b{position:fixed;inset-block-end:1rem;inset-inline-end:1rem;z-index:2147483000;min-height:44px;padding:.5rem 1rem;border-radius:22px;box-shadow:0 2px 10px #0003}
:host([data-side=start]) .b,:host([data-side=start]) .p{inset-inline-end:auto;inset-inline-start:1rem}
button{font-size:15px;color:var(--ink);background:var(--card);border:1px solid var(--line);border-radius:8px;padding:.4rem .8rem;min-height:38px;cursor:pointer}
.go,.b{background:var(--act);color:var(--on);border-color:var(--act);font-weight:600}
button:disabled{opacity:.6;cursor:default}
:focus-visible{outline:3px solid var(--act);outline-offset:2px}.go:focus-visible,.b:focus-visible{outline-color:var(--ink)}
.p{position:fixed;inset-block-end:1rem;inset-inline-end:1rem;z-index:2147483001;width:min(25rem,calc(100vw - 2rem));max-height:min(40rem,calc(100vh - 2rem));display:flex;flex-direction:column;background:var(--card);color:var(--ink);border:1px solid var(--line);border-radius:14px;box-shadow:0 8px 40px #0004;font-size:15px;overflow:hidden}
header{display:flex;justify-content:space-between;align-items:center;padding:.7rem 1rem .3rem;gap:1rem}
h2{font-size:17px;margin:0}h3{font-size:15px;margin:0}
.t{display:flex;gap:.1rem;padding:0 .7rem;border-bottom:1px solid var(--line);overflow-x:auto;flex:none}
.t button{font-size:14px;border:0;border-bottom:3px solid transparent;border-radius:0;background:none;padding:.45rem .4rem;white-space:nowrap;color:var(--soft)}
.t [aria-selected=true]{color:var(--ink);border-bottom-color:var(--act);font-weight:600}.t :focus-visible{outline-offset:-3px}
.c{padding:1rem;overflow:auto;flex:1}
label{display:block;font-weight:600;margin-bottom:.25rem}
textarea,input{width:100%;font-size:16px;color:var(--ink);background:var(--sunk);border:1px solid var(--soft);border-radius:8px;padding:.5rem;margin-bottom:.6rem}
textarea{min-height:7rem;resize:vertical}
small,time,.s{color:var(--soft);font-size:13px}p.s{margin:-.3rem 0 .6rem}.e{color:var(--bad);margin:.4rem 0}.e:empty{display:none}
.r{display:flex;gap:.5rem;flex-wrap:wrap;align-items:center;margin:.4rem 0}
canvas{max-width:100%;max-height:10rem;border:1px solid var(--line);border-radius:8px;display:block}
dl{margin:.3rem 0;font-size:13px;overflow-wrap:anywhere}dt{color:var(--soft)}dd{margin:0 0 .2rem}
summary{cursor:pointer;font-size:13px;color:var(--soft);padding:.2rem 0}
article{border-bottom:1px solid var(--line);padding:.6rem 0}article:last-of-type{border:0}article p{margin:.2rem 0;white-space:pre-line;overflow-wrap:anywhere}
.a{background:var(--sunk);border-radius:8px;padding:.5rem .7rem;margin:.3rem 0}a{color:var(--act)}`;

  const start = () => {
    const host = make("wellheard-widget");
    if (set.side) host.setAttribute("data-side", set.side);
    if (set.scheme) host.setAttribute("data-scheme", set.scheme);
    root = host.attachShadow({ mode: "open" });
    // A sheet made here is no inline style, so the page's policy has nothing to forbid.
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(CSS);
    root.adoptedStyleSheets = [sheet];
    if (set.button !== "off") root.append(make("button", { class: "b", type: "button", "aria-haspopup": "dialog", "aria-expanded": "false", onclick: () => open() }, set.label || "Feedback"));
    d.body.append(host);
  };
  const button = () => root.querySelector(".b");

  const open = async (which) => {
    if (which) tab = which;
    last = d.activeElement === root.host ? root.activeElement : d.activeElement;
    if (!box) {
      box = make("section", { class: "p", role: "dialog", "aria-labelledby": "wh-t", onkeydown: (e) => { if (e.key === "Escape") { e.stopPropagation(); close(); } } }, make("div", { class: "c", role: "status" }, "…"));
      root.append(box);
    }
    opened = true;
    box.hidden = false;
    if (button()) { button().hidden = true; button().setAttribute("aria-expanded", "true"); }
    if (!told) {
      try {
        const asked = [set.lang, d.documentElement.lang, ...(n.languages || [])].filter(Boolean).join(",");
        const reply = await fetch(base + "hello?lang=" + encodeURIComponent(asked), { credentials: "omit" });
        told = await reply.json();
        if (!reply.ok) throw told;
        words = told.words;
      } catch (e) {
        told = null;
        box.replaceChildren(make("header", {}, make("h2", { id: "wh-t" }, "Feedback"), make("button", { type: "button", onclick: close }, "×")), make("p", { class: "c e", role: "alert" }, (e && e.message) || "Feedback cannot be reached just now."));
        return;
      }
    }
    draw();
  };
  const close = () => {
    opened = false;
    box.hidden = true;
    if (button()) { button().hidden = false; button().setAttribute("aria-expanded", "false"); button().focus(); }
    else if (last && last.focus) last.focus();
  };

  const TABS = ["say", "bug", "news", "inbox"];
  const draw = (focus = true) => {
    const content = { say: () => form("feedback"), bug: () => form("bug"), news, inbox }[tab]();
    const tabs = TABS.map((t) => make("button", { type: "button", role: "tab", id: "wh-" + t, "aria-controls": "wh-c", "aria-selected": String(t === tab), tabindex: t === tab ? "0" : "-1", onclick: () => turn(t) }, words[t]));
    const turn = (t, to = false) => { tab = t; draw(!to); if (to) root.getElementById("wh-" + t).focus(); };
    const step = (e) => {
      const move = { ArrowRight: told.rtl ? -1 : 1, ArrowLeft: told.rtl ? 1 : -1 }[e.key];
      const at = e.key === "Home" ? 0 : e.key === "End" ? TABS.length - 1 : move ? (TABS.indexOf(tab) + move + TABS.length) % TABS.length : -1;
      if (at >= 0) { e.preventDefault(); turn(TABS[at], true); }
    };
    box.setAttribute("dir", told.rtl ? "rtl" : "ltr");
    box.setAttribute("lang", told.language);
    box.replaceChildren(
      make("header", {}, make("h2", { id: "wh-t" }, told.name), make("button", { type: "button", "aria-label": words.close, onclick: close }, "×")),
      make("div", { class: "t", role: "tablist", "aria-labelledby": "wh-t", onkeydown: step }, tabs),
      make("div", { class: "c", role: "tabpanel", id: "wh-c", "aria-labelledby": "wh-" + tab, tabindex: "0" }, content),
    );
    if (focus) (box.querySelector("textarea") || box.querySelector("[aria-selected=true]")).focus();
  };

  const context = () => ({
    page: w.location.origin + w.location.pathname, title: d.title, browser: n.userAgent, language: n.language,
    window: w.innerWidth + "×" + w.innerHeight, screen: w.screen.width + "×" + w.screen.height,
    time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  });
  const drafts = { feedback: "", bug: "", email: "" };
  const form = (kind) => {
    const bug = kind === "bug", is = context(), error = make("p", { class: "e", role: "alert" });
    const text = make("textarea", { id: "wh-x", maxlength: "5000", required: true, "aria-describedby": "wh-e", oninput: () => { drafts[kind] = text.value; } });
    text.value = drafts[kind];
    error.id = "wh-e";
    const mail = make("input", { id: "wh-m", type: "email", autocomplete: "email", maxlength: "254", "aria-describedby": "wh-h", oninput: () => { drafts.email = mail.value; } });
    mail.value = drafts.email;
    const go = make("button", { class: "go", type: "submit" }, words.send);
    const send = async (e) => {
      e.preventDefault();
      error.textContent = "";
      if (!text.value.trim()) { error.textContent = words.empty; text.focus(); return; }
      go.disabled = true;
      go.textContent = words.sending;
      try {
        const said = await post("say", { text: text.value, kind, email: mail.value.trim(), context: JSON.stringify(is), picture: shot && (await blob()) });
        if (said.key) keep(said.key);
        drafts[kind] = "";
        shot = null;
        const more = make("button", { type: "button", onclick: () => draw() }, words.more);
        box.querySelector(".c").replaceChildren(make("p", { role: "status" }, said.mailed ? words.thanks_mail : words.thanks), make("div", { class: "r" }, more, told.board && make("a", { href: told.board, target: "_blank", rel: "noopener" }, words.board)));
        more.focus();
      } catch (f) {
        error.textContent = f.code === "too_often" ? words.too_often : f.status === 422 || f.status === 401 ? f.message : words.failed;
        go.disabled = false;
        go.textContent = words.send;
        text.focus();
      }
    };
    return make("form", { novalidate: true, onsubmit: send },
      told.greeting && !bug && make("p", {}, told.greeting),
      make("label", { for: "wh-x" }, bug ? words.bug_label : words.say_label), text,
      !token && [make("label", { for: "wh-m" }, words.email), mail, make("p", { class: "s", id: "wh-h" }, words.email_hint)],
      told.pictures && picture(error),
      make("details", {}, make("summary", {}, words.with_it), make("dl", {}, make("dt", {}, words.page), make("dd", {}, is.page), make("dt", {}, words.browser), make("dd", {}, is.browser), make("dt", {}, words.window), make("dd", {}, is.window + ", " + is.language + ", " + is.time_zone)), make("p", { class: "s" }, words.nothing_else)),
      error, make("div", { class: "r" }, go));
  };

  // A picture is drawn anew before it leaves: nothing hidden in a file (where it was taken, by whom) goes with it.
  const paint = (source, width, height) => {
    const scale = Math.min(1, 1600 / Math.max(width, height));
    shot = make("canvas", { role: "img", "aria-label": words.picture_of });
    shot.width = Math.round(width * scale);
    shot.height = Math.round(height * scale);
    const on = shot.getContext("2d");
    on.fillStyle = "#fff";
    on.fillRect(0, 0, shot.width, shot.height);
    on.drawImage(source, 0, 0, shot.width, shot.height);
  };
  const blob = () => new Promise((done) => shot.toBlob(done, "image/jpeg", 0.85));
  const capture = async () => {
    const stream = await n.mediaDevices.getDisplayMedia({ video: { displaySurface: "browser" }, preferCurrentTab: true, selfBrowserSurface: "include" });
    const film = make("video");
    film.srcObject = stream;
    film.muted = true;
    box.hidden = true;
    try {
      await film.play();
      await new Promise((done) => setTimeout(done, 250));
      paint(film, film.videoWidth, film.videoHeight);
    } finally {
      for (const track of stream.getTracks()) track.stop();
      box.hidden = false;
    }
  };
  const picture = (error) => {
    const attempt = async (what) => {
      try { await what(); draw(); } catch (e) { if (e.name !== "NotAllowedError") error.textContent = words.no_picture; }
    };
    if (shot) return make("div", { class: "r" }, shot, make("button", { type: "button", onclick: () => { shot = null; draw(); } }, words.remove));
    const file = make("input", { type: "file", accept: "image/png,image/jpeg,image/webp", hidden: true, tabindex: "-1", "aria-hidden": "true", onchange: () => attempt(async () => { const bits = await createImageBitmap(file.files[0]); paint(bits, bits.width, bits.height); }) });
    return make("div", { class: "r", role: "group", "aria-label": words.picture }, make("span", { class: "s" }, words.picture),
      n.mediaDevices && n.mediaDevices.getDisplayMedia && make("button", { type: "button", onclick: () => attempt(capture) }, words.capture),
      make("button", { type: "button", onclick: () => file.click() }, words.choose), file);
  };

  const day = (iso) => make("time", { datetime: iso }, new Date(iso).toLocaleDateString(told.language, { dateStyle: "medium" }));
  const news = () => [
    ...told.news.map((i) => make("article", {}, make("h3", {}, i.title), day(i.day), make("p", {}, i.text))),
    !told.news.length && make("p", { class: "s" }, words.no_news),
    told.news.length && told.news[0].url ? make("a", { href: told.news[0].url.split("#")[0], target: "_blank", rel: "noopener" }, words.all_news) : null,
  ];
  const inbox = () => {
    const place = make("div", { "aria-live": "polite" }, make("p", { class: "s" }, words.loading));
    if (!token && !held()) { place.replaceChildren(make("p", { class: "s" }, words.no_answers)); return place; }
    post("inbox", { seen: "yes" }).then((found) => {
      const threads = found.threads.map((t) => make("article", {}, make("small", {}, words.you, " · ", day(t.at)), make("p", {}, t.text), t.answers.map((a) => make("div", { class: "a" }, make("small", {}, a.by, " · ", day(a.at)), make("p", {}, a.text)))));
      const done = found.told.map((t) => make("article", {}, make("small", {}, words.shipped, " · ", day(t.at)), make("h3", {}, t.title), make("p", {}, t.text)));
      place.replaceChildren(...(threads.length + done.length ? [...done, ...threads] : [make("p", { class: "s" }, words.no_answers)]));
    }, (e) => place.replaceChildren(make("p", { class: "e", role: "alert" }, e.message || words.failed)));
    return place;
  };

  w.wellheardWidget = { open, close: () => opened && close(), identify: (value) => { token = value || ""; if (opened && told) draw(false); } };
  const ready = () => (w.requestIdleCallback || setTimeout)(start);
  if (d.body) ready(); else d.addEventListener("DOMContentLoaded", ready);
})();
