// Arranging a dashboard: drag a tile by its handle, or focus the handle and use the keys. Each change is saved at once
// and told in a live region. Without this file the buttons in each tile's menu do the same.
(() => {
  "use strict";
  const board = document.querySelector("[data-board]");
  const form = document.querySelector("[data-arrange]");
  const live = document.querySelector("[data-arranged]");
  const sizes = ["third", "half", "full"];
  const tiles = () => [...board.querySelectorAll("[data-tile]")];
  const name = (tile) => tile.querySelector("h2").textContent.trim();
  const say = (text) => { live.textContent = text; };

  // A paper has no mouse: what can be opened is printed open.
  let opened = [];
  window.addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll(".board .answer details:not([open])")];
    opened.forEach((d) => { d.open = true; });
  });
  window.addEventListener("afterprint", () => { opened.forEach((d) => { d.open = false; }); });
  document.addEventListener("htmx:afterSwap", (e) => e.target.removeAttribute?.("aria-busy"));
  ["htmx:responseError", "htmx:sendError"].forEach((what) => document.addEventListener(what, (e) => {
    const note = e.target.querySelector?.(".skeleton a");
    if (note) { note.textContent = "It could not be fetched. Open the question"; e.target.removeAttribute("aria-busy"); }
  }));
  // Only one menu is open, and Escape closes it.
  const menus = () => [...document.querySelectorAll(".tile-menu[open], .by-mail[open], .add-to[open]")];
  document.addEventListener("click", (e) => menus().forEach((m) => { if (!m.contains(e.target)) m.open = false; }));
  document.addEventListener("keydown", (e) => { if (e.key === "Escape") menus().forEach((m) => { m.open = false; m.querySelector("summary").focus(); }); });
  if (!board) return;

  let saving = Promise.resolve();
  const save = (told) => {
    const body = new FormData(form);
    tiles().forEach((t) => { body.append("order", t.dataset.tile); body.append("size", `${t.dataset.tile}:${t.dataset.size}`); });
    say(told);
    saving = saving.then(() => fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } }))
      .then((reply) => { if (!reply.ok) throw new Error(String(reply.status)); board.dataset.saved = String(Number(board.dataset.saved || 0) + 1); })
      .catch(() => say("It could not be saved. Load the page anew and try again."));
  };
  const place = (tile) => `${name(tile)}, place ${tiles().indexOf(tile) + 1} of ${tiles().length}`;

  const move = (tile, by) => {
    const all = tiles();
    const to = all.indexOf(tile) + by;
    if (to < 0 || to >= all.length) { say(`${name(tile)} is ${by < 0 ? "first" : "last"}`); return; }
    if (by < 0) all[to].before(tile); else all[to].after(tile);
    tile.querySelector("[data-handle]").focus();
    save(place(tile));
  };
  const resize = (tile, by) => {
    const to = sizes.indexOf(tile.dataset.size) + by;
    if (to < 0 || to >= sizes.length) { say(`${name(tile)} cannot be ${by < 0 ? "smaller" : "larger"}`); return; }
    tile.classList.replace(tile.dataset.size, sizes[to]);
    tile.dataset.size = sizes[to];
    const answer = tile.querySelector("[hx-get]");
    if (answer && window.htmx) window.htmx.ajax("GET", answer.getAttribute("hx-get").replace(/size=\w+$/, `size=${sizes[to]}`), { target: answer, swap: "innerHTML" });
    save(`${name(tile)}: ${{ third: "a third", half: "half", full: "full width" }[sizes[to]]}`);
  };

  board.addEventListener("keydown", (e) => {
    const handle = e.target.closest("[data-handle]");
    if (!handle || e.ctrlKey || e.metaKey || e.altKey) return;
    const tile = handle.closest("[data-tile]");
    const act = { ArrowLeft: [move, -1], ArrowUp: [move, -1], ArrowRight: [move, 1], ArrowDown: [move, 1], "+": [resize, 1], "=": [resize, 1], "-": [resize, -1] }[e.key];
    if (!act) return;
    e.preventDefault();
    e.stopPropagation();
    act[0](tile, act[1]);
  });

  // The others are moved around the tile: an element that is taken out of the page loses the pointer.
  const put = (order, tile) => {
    const at = order.indexOf(tile);
    order.slice(0, at).forEach((t) => tile.before(t));
    order.slice(at + 1).reverse().forEach((t) => tile.after(t));
  };

  // The mouse, a pen or a finger: the tile goes where the pointer is; Escape puts it back.
  board.addEventListener("pointerdown", (e) => {
    const handle = e.target.closest("[data-handle]");
    if (!handle || e.button) return;
    const tile = handle.closest("[data-tile]");
    const before = tiles();
    e.preventDefault();
    handle.focus();
    handle.setPointerCapture(e.pointerId);
    tile.classList.add("dragged");
    const over = (p) => {
      const under = document.elementsFromPoint(p.clientX, p.clientY).map((x) => x.closest("[data-tile]")).find((x) => x && x !== tile);
      if (!under) return;
      const box = under.getBoundingClientRect();
      const all = tiles();
      const wide = box.width > board.clientWidth * 0.7;
      const late = wide ? p.clientY > box.top + box.height / 2 : p.clientX > box.left + box.width / 2;
      const others = all.filter((t) => t !== tile);
      const at = others.indexOf(under) + (late ? 1 : 0);
      if (at !== all.indexOf(tile)) put([...others.slice(0, at), tile, ...others.slice(at)], tile);
    };
    const end = (back) => {
      ["pointermove", "pointerup", "pointercancel"].forEach((what) => document.removeEventListener(what, listen[what]));
      document.removeEventListener("keydown", escape, true);
      tile.classList.remove("dragged");
      if (back) put(before, tile);
      else if (tiles().some((t, at) => t !== before[at])) save(place(tile));
      handle.focus();
    };
    const escape = (k) => { if (k.key === "Escape") { k.stopPropagation(); end(true); } };
    const listen = { pointermove: over, pointerup: () => end(false), pointercancel: () => end(true) };
    Object.entries(listen).forEach(([what, fn]) => document.addEventListener(what, fn));
    document.addEventListener("keydown", escape, true);
  });
  board.querySelectorAll("[data-handle]").forEach((h) => { h.hidden = false; });
})();
