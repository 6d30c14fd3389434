// Keyboard for the console, and the few things HTML cannot do alone. No inline handlers, nothing is evaluated.
(() => {
  "use strict";
  const typing = (e) => e.target.closest("input, textarea, select, [contenteditable]") || e.ctrlKey || e.metaKey || e.altKey;
  const steps = () => [...document.querySelectorAll(".rail ol a")];
  let pending = "";

  // Rows that a list marks with data-row can be walked with j and k; a key in data-key presses the button.
  const rows = () => [...document.querySelectorAll("[data-row]")];
  const current = () => rows().find((r) => r.getAttribute("aria-current") === "true");
  const select = (row) => {
    if (!row) return;
    rows().forEach((r) => r.removeAttribute("aria-current"));
    row.setAttribute("aria-current", "true");
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  };
  const walk = (by) => {
    const all = rows();
    select(all[Math.min(all.length - 1, Math.max(0, all.indexOf(current()) + by))]);
  };

  document.addEventListener("keydown", (e) => {
    if (typing(e) || document.querySelector("dialog[open]")) return;
    if (pending === "g") {
      pending = "";
      const link = steps()[Number(e.key) - 1];
      if (link) { e.preventDefault(); link.click(); }
      return;
    }
    const pressed = (current() || document).querySelector?.(`[data-key="${CSS.escape(e.key)}"]`) || document.querySelector(`main [data-key="${CSS.escape(e.key)}"]:not([data-row] *)`);
    if (pressed) { e.preventDefault(); pressed.click(); if (pressed.matches("summary")) pressed.parentElement.querySelector("select, input:not([type=hidden]), textarea")?.focus(); return; }
    if (e.key === "j" || e.key === "k") { e.preventDefault(); walk(e.key === "j" ? 1 : -1); }
    else if (e.key === "g") pending = "g";
    else if (e.key === "c" && document.body.dataset.capture) { e.preventDefault(); capture(document.body.dataset.capture); }
    else if (e.key === "/") { const box = document.querySelector("#find, #seek"); if (box) { e.preventDefault(); box.focus(); } }
    else if (e.key === "?") document.getElementById("keys")?.showModal();
  });
  document.addEventListener("focusin", (e) => { const row = e.target.closest("[data-row]"); if (row && row !== current()) { rows().forEach((r) => r.removeAttribute("aria-current")); row.setAttribute("aria-current", "true"); } });

  // Noting what somebody said, on top of whatever is open; without the dialog, or after a slip, its page opens.
  const capture = (href) => {
    const box = document.getElementById("capture"), here = document.querySelector("main #note-text");
    if (here) { here.focus(); return; }
    if (!box || !window.htmx) { location.assign(href); return; }
    window.htmx.ajax("GET", href, { target: "#capture-form", swap: "innerHTML" }).then(() => { if (!box.open) box.showModal(); box.querySelector("textarea, a")?.focus(); }, () => location.assign(href));
  };

  document.addEventListener("click", (e) => {
    const noting = e.target.closest("a[data-capture]");
    if (noting && !e.ctrlKey && !e.metaKey && !e.shiftKey && e.button === 0) { e.preventDefault(); capture(noting.href); return; }
    const opener = e.target.closest("[data-open]");
    if (opener) { document.getElementById(opener.dataset.open)?.showModal(); return; }
    const copy = e.target.closest("[data-copy]");
    if (copy) navigator.clipboard?.writeText(copy.dataset.copy).then(() => { copy.textContent = "Copied"; });
    const all = e.target.closest("[data-check-all]");
    if (all) document.querySelectorAll(`input[name="${CSS.escape(all.dataset.checkAll)}"]`).forEach((box) => { box.checked = all.checked; });
  });
  document.addEventListener("change", (e) => { if (e.target.matches("[data-submit]")) e.target.form.requestSubmit(); });
  document.addEventListener("submit", (e) => {
    const sure = e.target.dataset.sure;
    if (sure && !window.confirm(sure)) { e.preventDefault(); return; }
    if (e.target.dataset.once !== undefined) { if (e.target.dataset.sent) e.preventDefault(); e.target.dataset.sent = "1"; }
  });

  // A page that says data-seen was really shown to somebody: only a browser that draws it reports that.
  const seen = document.querySelector("form[data-seen]");
  if (seen) {
    const report = () => { if (document.visibilityState === "visible") { fetch(seen.action, { method: "POST", body: new FormData(seen) }); document.removeEventListener("visibilitychange", report); } };
    document.addEventListener("visibilitychange", report);
    setTimeout(report, 800);
  }
  // After htmx replaced a row, keep the place in the list.
  let at = 0;
  document.addEventListener("htmx:beforeSwap", () => { at = rows().indexOf(current()); });
  document.addEventListener("htmx:afterSettle", () => { if (at >= 0 && !current()) select(rows()[Math.min(at, rows().length - 1)]); });
})();
