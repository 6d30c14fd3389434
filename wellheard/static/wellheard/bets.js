// The board of bets: drag a card by its handle, or focus the handle and use the arrow keys. Each move is saved at once and told
// in a live region. Without this file the menu in each card does the same.
(() => {
  "use strict";
  const board = document.querySelector("[data-bets]");
  const live = document.querySelector("[data-told]");
  const menus = () => [...document.querySelectorAll(".mover[open]")];
  document.addEventListener("click", (e) => menus().forEach((m) => { if (!m.contains(e.target)) m.open = false; }));
  document.addEventListener("keydown", (e) => { if (e.key === "Escape") menus().forEach((m) => { m.open = false; m.querySelector("summary").focus(); }); });
  if (!board || !live) return;

  const token = board.querySelector("[name=csrfmiddlewaretoken]")?.value;
  const columnsOf = (card) => [...card.closest("[data-row-of-bets]").querySelectorAll("[data-column]")];
  const cardsOf = (column) => [...column.querySelectorAll("[data-bet]")];
  const name = (card) => card.querySelector("h3").textContent.trim();
  const say = (text) => { live.textContent = text; };
  const count = () => board.querySelectorAll("[data-column]").forEach((c) => { c.querySelector("h2 .soft").textContent = String(cardsOf(c).length); });
  const put = (column, card, before) => { if (before) before.before(card); else column.insertBefore(card, column.querySelector(".nothing")); };

  let saving = Promise.resolve();
  const save = (card) => {
    const column = card.closest("[data-column]"), all = cardsOf(column), next = all[all.indexOf(card) + 1];
    const body = new FormData();
    const said = { csrfmiddlewaretoken: token, by: board.dataset.by, column: column.dataset.column, before: next ? next.dataset.bet : "", way: next ? "" : "last" };
    Object.entries(said).forEach(([k, v]) => body.append(k, v));
    count();
    say(`${name(card)}: ${column.dataset.name}, place ${all.indexOf(card) + 1} of ${all.length}`);
    saving = saving.then(() => fetch(card.dataset.move, { method: "POST", body, headers: { Accept: "application/json" } }))
      .then((reply) => { if (!reply.ok) throw new Error(String(reply.status)); board.dataset.saved = String(Number(board.dataset.saved || 0) + 1); })
      .catch(() => say("It could not be saved. Load the page anew and try again."));
  };

  const upDown = (card, by) => {
    const column = card.closest("[data-column]"), all = cardsOf(column), to = all.indexOf(card) + by;
    if (to < 0 || to >= all.length) { say(`${name(card)} is ${by < 0 ? "first" : "last"} in ${column.dataset.name}`); return false; }
    if (by < 0) all[to].before(card); else all[to].after(card);
    return true;
  };
  const aside = (card, by) => {
    const columns = columnsOf(card), column = card.closest("[data-column]"), to = columns[columns.indexOf(column) + by];
    if (!to) { say(`There is no column ${by < 0 ? "before" : "after"} ${column.dataset.name}`); return false; }
    put(to, card, cardsOf(to)[cardsOf(column).indexOf(card)]);
    return true;
  };

  board.addEventListener("keydown", (e) => {
    const handle = e.target.closest("[data-handle]");
    if (!handle || e.ctrlKey || e.metaKey || e.altKey) return;
    const act = { ArrowUp: [upDown, -1], ArrowDown: [upDown, 1], ArrowLeft: [aside, -1], ArrowRight: [aside, 1] }[e.key];
    if (!act) return;
    e.preventDefault();
    e.stopPropagation();
    const card = handle.closest("[data-bet]");
    const moved = act[0](card, act[1]);
    handle.focus();
    if (moved) save(card);
  });

  // The mouse, a pen or a finger: the card goes where the pointer is, within its own row; Escape puts it back.
  board.addEventListener("pointerdown", (e) => {
    const handle = e.target.closest("[data-handle]");
    if (!handle || e.button) return;
    const card = handle.closest("[data-bet]"), home = card.closest("[data-column]"), row = card.closest("[data-row-of-bets]");
    const next = cardsOf(home)[cardsOf(home).indexOf(card) + 1];
    e.preventDefault();
    handle.focus();
    card.classList.add("dragged");
    const over = (p) => {
      const under = document.elementsFromPoint(p.clientX, p.clientY);
      const column = under.map((x) => x.closest("[data-column]")).find((x) => x && row.contains(x));
      row.querySelectorAll(".over").forEach((c) => c.classList.remove("over"));
      if (!column) return;
      column.classList.add("over");
      const before = cardsOf(column).filter((c) => c !== card).find((c) => { const box = c.getBoundingClientRect(); return p.clientY < box.top + box.height / 2; });
      const all = cardsOf(column), at = all.indexOf(card);
      if (at < 0 || all[at + 1] !== before) put(column, card, before);
    };
    const end = (back) => {
      ["pointermove", "pointerup", "pointercancel"].forEach((what) => document.removeEventListener(what, listen[what]));
      document.removeEventListener("keydown", escape, true);
      card.classList.remove("dragged");
      row.querySelectorAll(".over").forEach((c) => c.classList.remove("over"));
      const now = card.closest("[data-column]");
      if (back) put(home, card, next);
      else if (now !== home || cardsOf(now)[cardsOf(now).indexOf(card) + 1] !== next) save(card);
      handle.focus();
    };
    const escape = (k) => { if (k.key === "Escape") { k.stopPropagation(); end(true); } };
    const listen = { pointermove: over, pointerup: () => end(false), pointercancel: () => end(true) };
    Object.entries(listen).forEach(([what, fn]) => document.addEventListener(what, fn));
    document.addEventListener("keydown", escape, true);
  });
  board.querySelectorAll("[data-handle]").forEach((h) => { h.hidden = false; });
})();
