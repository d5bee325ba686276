// The grid of the preview of an import: arrows, keys, paste and ticks. Cells are opened and swapped by ml.js and htmx.
(() => {
  const one = (s, r = document) => r.querySelector(s), all = (s, r = document) => [...r.querySelectorAll(s)];
  const grid = () => one("table[data-grid]"), cells = () => all("td[data-col]", grid() ?? document.createElement("i"));
  const columns = () => all("thead th[data-col]", grid()).map((th) => th.dataset.col);
  const place = (cell) => ({ pk: cell.closest("tr").dataset.pk, col: cell.dataset.col });
  const at = ({ pk, col }) => one(`tr[data-pk="${pk}"] td[data-col="${CSS.escape(col)}"]`, grid());
  let goal = null; // where the focus goes once the server has answered

  // one cell can be reached with Tab, the arrows go from it to the others
  function rove(chosen) {
    const every = cells(); if (!every.length) return;
    const kept = chosen ?? every.find((c) => c.tabIndex === 0) ?? every[0];
    every.forEach((c) => { c.tabIndex = c === kept ? 0 : -1; all(".ml-pencil", c).forEach((b) => { b.tabIndex = -1; }); });
  }
  function go(cell) { if (!cell) return; rove(cell); cell.focus(); cell.scrollIntoView({ block: "nearest", inline: "nearest" }); }
  function next(cell, key) {
    if (key === "ArrowLeft" || key === "ArrowRight") {
      const row = all("td[data-col]", cell.closest("tr")); return row[row.indexOf(cell) + (key === "ArrowRight" ? 1 : -1)];
    }
    const column = all(`td[data-col="${CSS.escape(cell.dataset.col)}"]`, grid()); return column[column.indexOf(cell) + (key === "ArrowDown" ? 1 : -1)];
  }
  const beside = (cell, back) => { const every = cells(); return every[every.indexOf(cell) + (back ? -1 : 1)] ?? cell; };

  document.addEventListener("keydown", (e) => {
    const cell = e.target.closest?.("[data-grid] td[data-col]"); if (!cell) return;
    if (e.target === cell) {
      if (e.key.startsWith("Arrow")) { e.preventDefault(); go(next(cell, e.key)); }
      if (e.key === "Enter") { e.preventDefault(); openCell(cell); }
      return;
    }
    const form = e.target.closest(".ml-qedit"); if (!form) return;
    if (e.key === "Tab" && e.target.matches("[data-first]")) {
      e.preventDefault(); const to = beside(cell, e.shiftKey);
      if (e.target.value === e.target.defaultValue && !e.target.hasAttribute("aria-invalid")) { restoreCell(cell); go(to); return; }
      goal = place(to); form.requestSubmit();
    }
  });
  // ml.js closes the editor, which takes the key's target away: the cell is noted before
  const closing = (e) => { const cell = e.target.closest?.("[data-grid] .ml-qedit")?.closest("td"); if (cell) setTimeout(() => { if (!one(".ml-qedit", cell)) go(cell); }); };
  document.addEventListener("keydown", (e) => { if (e.key === "Escape") closing(e); }, true);
  document.addEventListener("click", (e) => { if (e.target.closest("[data-qcancel]")) closing(e); }, true);
  document.addEventListener("click", (e) => { if (e.target.matches("[data-grid] td[data-col]")) go(e.target); });
  document.addEventListener("submit", (e) => { const cell = e.target.closest("[data-grid] td[data-col]"); if (cell) goal ??= place(cell); }, true);

  // the server draws the rows with the columns that the page shows
  document.addEventListener("htmx:configRequest", (e) => { if (grid() && e.detail.verb === "post") e.detail.parameters.columns = columns().join(","); });
  document.addEventListener("htmx:afterRequest", (e) => {
    if (!grid() || e.detail.requestConfig.verb !== "post") return;
    const to = goal; goal = null; rove();
    if (e.detail.xhr.status === 200 && to) go(at(to));
    if (e.detail.xhr.status === 200) showTicks();
  });

  // several lines pasted fill the cells below, in one request
  document.addEventListener("paste", (e) => {
    const cell = e.target.closest?.("[data-grid] td[data-col]"), text = e.clipboardData.getData("text/plain").replace(/\r\n?/g, "\n").replace(/\n$/, "");
    if (!cell || (e.target !== cell && !text.includes("\n"))) return;
    e.preventDefault();
    const column = all(`td[data-col="${CSS.escape(cell.dataset.col)}"]`, grid()), values = text.split("\n").map((line) => line.split("\t")[0]);
    const filled = column.slice(column.indexOf(cell)).slice(0, values.length);
    if (one(".ml-qedit", cell)) restoreCell(cell);
    goal = place(cell);
    htmx.ajax("POST", grid().dataset.paste, { swap: "none", target: cell, values: { column: cell.dataset.col, ids: filled.map((c) => c.closest("tr").dataset.pk), values: values.slice(0, filled.length) } });
  });

  // ticks: shift takes all the rows between two clicks; the buttons say how many
  let last = null;
  document.addEventListener("click", (e) => {
    const box = e.target; if (!box.matches?.("[data-grid] input[name=rowid]")) return;
    const boxes = all("input[name=rowid]", grid());
    if (e.shiftKey && last?.isConnected) {
      const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
      boxes.slice(from, to + 1).forEach((b) => { b.checked = box.checked; });
    }
    last = box;
  });
  function showTicks() {
    const n = all("input[name=rowid]:checked", grid() ?? document.createElement("i")).length;
    all("[data-checked]").forEach((b) => { const [alone, many] = b.dataset.checked.split("|"); b.textContent = n === 1 ? alone : many.replace("{n}", n.toLocaleString("fr-FR")); });
  }
  document.addEventListener("change", (e) => { if (e.target.closest("[data-grid]")) showTicks(); });
  addEventListener("pageshow", showTicks);
  rove();
})();
