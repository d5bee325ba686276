// ML Admin: the little behaviour that HTML does not give. htmx is the only library; no inline handler (CSP); everything is delegated,
// so that what htmx brings later behaves like the rest.
const $ = (s, r = document) => r.querySelector(s), $$ = (s, r = document) => [...r.querySelectorAll(s)];
const token = () => $("meta[name=csrf-token]")?.content ?? "";
const typing = (el) => el.matches?.("input:not([type=radio]):not([type=checkbox]), select, textarea, [contenteditable]");
const closeMenus = (except) => $$("details.ml-menu[open]").forEach((d) => { if (d !== except) d.open = false; });
const post = (url, data) => fetch(url, { method: "POST", credentials: "same-origin", headers: { "X-CSRFToken": token(), "X-Requested-With": "fetch" }, body: new URLSearchParams(data) });

// ---------- keyboard ----------
document.addEventListener("keydown", (e) => {
  if (e.key === "Escape") {
    const open = $("details.ml-menu[open]");
    if (open) { open.open = false; $("summary", open).focus(); }
    const cell = e.target.closest?.(".ml-qedit")?.closest("td");
    if (cell && e.target.getAttribute("aria-expanded") !== "true") { restoreCell(cell); return; }
  }
  if (e.key === "Enter" && (e.ctrlKey || e.metaKey)) { const go = $("[data-ctrl-enter]", e.target.form ?? undefined); if (e.target.form && go) { e.preventDefault(); go.click(); } return; }
  if (e.key === "F2") { const cell = e.target.closest?.("td.ml-editcell") ?? $("td.ml-editcell", e.target.closest?.("tr") ?? document.createElement("i")); if (cell) { e.preventDefault(); openCell(cell); } return; }
  if (typing(e.target) || e.ctrlKey || e.metaKey || e.altKey || $("dialog[open]")) return;
  const key = e.key.toLowerCase();
  if (key === "/") { e.preventDefault(); $("#find")?.focus(); return; }
  if (key === "?") { $("#aide")?.showModal(); return; }
  // one-key answers: the radio of the current group whose data-key is the key, then the next group
  const group = e.target.closest?.("[data-answers]") ?? $("[data-answers].ml-current");
  const radio = group && $(`input[data-key="${CSS.escape(key)}"]`, group);
  if (radio) {
    radio.checked = true; radio.dispatchEvent(new Event("change", { bubbles: true }));
    const all = $$("[data-answers]"), next = all[all.indexOf(group) + 1];
    if (next) ($("input:checked", next) ?? $("input", next)).focus();
    return;
  }
  if (key.startsWith("arrow") && e.target.matches?.("[type=radio]")) return; // they move between its choices
  $(`[data-hotkey="${CSS.escape(key)}"]`)?.click();
});

// arrow keys in grids: the nearest thing to press in that direction
document.addEventListener("keydown", (e) => {
  const step = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] }[e.key], grid = e.target.closest?.("[data-arrows]");
  if (!step || !grid || typing(e.target) || e.target.matches("[type=radio]")) return;
  const mid = (el) => { const r = el.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; }, [x, y] = mid(e.target);
  const best = $$("a, button, input[type=checkbox]", grid).filter((el) => el !== e.target && el.offsetParent).map((el) => {
    const [a, b] = mid(el);
    return { el, along: (a - x) * step[0] + (b - y) * step[1], off: Math.abs((a - x) * step[1]) + Math.abs((b - y) * step[0]) };
  }).filter((c) => c.along > 4).sort((c, d) => c.along + 3 * c.off - d.along - 3 * d.off)[0];
  if (best) { e.preventDefault(); best.el.focus(); }
});

// ---------- clicks ----------
document.addEventListener("click", (e) => {
  const at = (s) => e.target.closest(s);
  const opener = at("[data-dialog]");
  if (opener) { closeMenus(); const d = $("#" + opener.dataset.dialog); d?.showModal(); $("[data-filter]", d ?? undefined) && showFilterField($("[data-filter]", d)); }
  if (at("[data-close]")) at("dialog")?.close();
  if (at("[data-back]")) history.back();
  if (at("[data-print]")) { closeMenus(); window.print(); }
  if (at("[data-dismiss]")) at("[data-toast]")?.remove();
  if (at("[data-qedit]")) openCell(at("td"));
  if (at("[data-qcancel]")) restoreCell(at("td"));
  if (at("[data-select-none]")) selectAll(false);
  if (at("[data-select-all]")) selectEveryResult();
  if (at("[data-inline-add]")) addInlineLine(at("[data-inline]"));
  if (at("[data-inline-remove]")) at("fieldset").remove();
  closeMenus(at("details.ml-menu"));
});
document.addEventListener("dblclick", (e) => { const cell = e.target.closest("td.ml-editcell"); if (cell && !$(".ml-qedit", cell) && !e.target.closest("a, button")) openCell(cell); });

// ---------- theme: at once on the page, kept by the server ----------
document.addEventListener("submit", (e) => {
  if (!e.target.matches("[data-theme-form]")) return;
  e.preventDefault(); closeMenus();
  const root = document.documentElement, chosen = root.dataset.bsTheme;
  const dark = chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.bsTheme = dark ? "light" : "dark";
  post(e.target.action, { theme: root.dataset.bsTheme }).catch(() => {}); // only a comfort: the page keeps the choice until it is left
});

// ---------- confirmation: no form with data-confirm-title leaves without an answer; without this script the server asks ----------
let confirmed = null;
document.addEventListener("submit", (e) => {
  const form = e.target, asks = e.submitter?.dataset.confirmTitle ? e.submitter : form;
  if (!asks.dataset.confirmTitle) return;
  if (confirmed === form) { confirmed = null; return; }
  e.preventDefault(); e.stopImmediatePropagation(); closeMenus();
  const dialog = $("#ml-confirm"), { confirmTitle, confirmText, confirmAction, confirmKeep, confirmKind } = asks.dataset;
  const count = (text) => (text ?? "").replaceAll("{n}", selectionSize().toLocaleString("fr-FR"));
  $("#ml-confirm-t").textContent = count(confirmTitle); $("#ml-confirm-d").textContent = count(confirmText);
  $("#ml-confirm-no").textContent = confirmKeep ?? "Renoncer";
  const yes = $("#ml-confirm-yes"); yes.textContent = count(confirmAction); yes.className = `btn btn-${confirmKind ?? "urgent"}`;
  yes.onclick = () => { dialog.close(); hiddenField(form, "confirmed", "1"); confirmed = form; form.requestSubmit(e.submitter); };
  dialog.showModal(); $("#ml-confirm-no").focus();
}, true);
const hiddenField = (form, name, value) => {
  let field = $(`input[type=hidden][name="${name}"]`, form);
  if (!field) { field = Object.assign(document.createElement("input"), { type: "hidden", name }); form.append(field); }
  field.value = value;
};

// a form sent twice by a double click is sent once
document.addEventListener("submit", (e) => {
  const form = e.target;
  if (e.defaultPrevented || !form.matches("[data-once]")) return;
  if (form.dataset.sent) e.preventDefault(); else form.dataset.sent = "1";
});
addEventListener("pageshow", () => $$("[data-sent]").forEach((f) => delete f.dataset.sent));

// ---------- selection: the counter says what is chosen, the head box follows ----------
const table = () => $("table[data-select]"), boxes = () => $$("tbody input[name=rowid]", table() ?? undefined), bar = () => $("#ml-bulk");
const everyResult = () => bar()?.elements.all?.value === "1";
const selectionSize = () => everyResult() ? Number(bar().dataset.total) : boxes().filter((b) => b.checked).length;
function showSelection() {
  if (!table() || !bar()) return;
  const all = boxes(), n = selectionSize(), here = all.filter((b) => b.checked).length, head = $("thead input[type=checkbox]", table());
  all.forEach((b) => b.closest("tr").classList.toggle("ml-sel", b.checked));
  head.checked = here > 0 && here === all.length; head.indeterminate = here > 0 && here < all.length;
  $("[data-count]", bar()).textContent = everyResult() ? `Les ${n.toLocaleString("fr-FR")} résultats sont sélectionnés` : `${n} ${n > 1 ? "sélectionnés" : "sélectionné"}`;
  const more = $("[data-select-all]", bar()); if (more) more.hidden = everyResult();
  bar().hidden = n === 0;
}
function selectAll(on) { if (bar()) bar().elements.all.value = ""; boxes().forEach((b) => { b.checked = on; }); showSelection(); if (!on) $("thead input", table())?.focus(); }
function selectEveryResult() { boxes().forEach((b) => { b.checked = true; }); bar().elements.all.value = "1"; showSelection(); $("[data-select-none]", bar())?.focus(); }
document.addEventListener("change", (e) => {
  if (e.target.closest("thead") && e.target.closest("table[data-select]")) { const on = e.target.checked; boxes().forEach((b) => { b.checked = on; }); }
  if (e.target.closest("table[data-select]") && e.target.type === "checkbox") { bar().elements.all.value = ""; showSelection(); }
});
addEventListener("pageshow", showSelection);

// ---------- small form behaviour ----------
document.addEventListener("change", (e) => {
  const el = e.target;
  if (el.matches("[data-merge] input[type=radio]")) $("[data-result]", el.closest("tr")).replaceChildren(...$("[data-value]", el.closest("label")).cloneNode(true).childNodes);
  if (el.matches("[data-submit]")) el.form.requestSubmit();
  if (el.matches("[data-show-password]")) $$("input[data-password]", el.form).forEach((p) => { p.type = el.checked ? "text" : "password"; });
  if (el.matches("[data-filter-field], [data-filter-op]")) showFilterField(el.form);
  if (el.matches("[data-drop] input[type=file]")) showFiles(el);
});
// only the controls of the chosen filter are shown and sent
function showFilterField(form) {
  const name = $("[data-filter-field]", form).value;
  $$("[data-for]", form).forEach((f) => { f.hidden = f.disabled = f.dataset.for !== name; });
  const field = $$("[data-for]", form).find((f) => !f.hidden); if (!field) return;
  const arity = Number($("[data-filter-op]", field)?.selectedOptions[0].dataset.arity ?? 1);
  $$("[data-filter-value]", field).forEach((v) => { v.hidden = Number(v.dataset.filterValue) > arity; $$("input, select", v).forEach((i) => { i.disabled = v.hidden; }); });
}
function showFiles(input) {
  const zone = input.closest("[data-drop]"), names = [...input.files].map((f) => f.name).join(", ");
  $("[data-drop-hint]", zone).textContent = names || "Aucun fichier choisi"; $("[role=status]", zone).textContent = names ? `Choisi : ${names}` : "";
  if (names && "auto" in zone.dataset) input.form.requestSubmit();
}
["dragover", "dragleave", "drop"].forEach((kind) => document.addEventListener(kind, (e) => {
  const zone = e.target.closest?.("[data-drop]"); if (!zone) return;
  e.preventDefault(); zone.classList.toggle("ml-over", kind === "dragover");
  if (kind !== "drop" || !e.dataTransfer.files.length) return;
  const input = $("input[type=file]", zone), kept = new DataTransfer();
  [...e.dataTransfer.files].slice(0, input.multiple ? undefined : 1).forEach((f) => kept.items.add(f));
  input.files = kept.files; input.dispatchEvent(new Event("change", { bubbles: true }));
}));
function addInlineLine(box) {
  const numbers = $$("fieldset[id]", box).map((f) => Number(f.id.slice(box.dataset.inline.length + 1))).filter(Number.isFinite), line = `${box.dataset.inline}-${Math.max(-1, ...numbers) + 1}`;
  const copy = $("template", box).content.firstElementChild.cloneNode(true); copy.id = line;
  const full = (name) => `${line}-${name}`;
  $$("[name], [id]", copy).forEach((el) => { if (el.name) el.name = full(el.name); if (el.id) el.id = full(el.id); });
  $$("label[for]", copy).forEach((el) => { el.htmlFor = full(el.htmlFor); });
  $$("[aria-describedby], [aria-controls]", copy).forEach((el) => ["aria-describedby", "aria-controls"].forEach((a) => { if (el.hasAttribute(a)) el.setAttribute(a, el.getAttribute(a).split(" ").map(full).join(" ")); }));
  $("[data-inline-add]", box).before(copy); $("input:not([type=hidden]), select, textarea", copy)?.focus();
}

// what an ellipsis hides is said when the mouse comes
document.addEventListener("mouseover", (e) => {
  const cell = e.target.closest?.(".ml-list :is(td.ml-cell, td.ml-editcell, tbody th)");
  if (cell && !cell.title && cell.scrollWidth > cell.clientWidth) cell.title = cell.textContent.trim();
});

// ---------- one cell edited in place ----------
const before = new WeakMap();
function openCell(cell) {
  if (!cell || $(".ml-qedit", cell)) return;
  const url = cell.closest("table").dataset.quick; if (!url) return;
  $$(".ml-qedit").forEach((f) => restoreCell(f.closest("td")));
  before.set(cell, cell.innerHTML);
  const query = new URLSearchParams({ id: cell.closest("tr").dataset.pk, column: cell.dataset.col });
  htmx.ajax("GET", `${url}?${query}`, { target: cell, swap: "innerHTML" });
}
function restoreCell(cell) {
  if (!before.has(cell)) return;
  cell.innerHTML = before.get(cell); before.delete(cell); $("[data-qedit]", cell)?.focus();
}

// ---------- htmx ----------
document.addEventListener("htmx:configRequest", (e) => { e.detail.headers["X-CSRFToken"] = token(); });
document.addEventListener("htmx:beforeRequest", (e) => e.detail.target?.setAttribute("aria-busy", "true"));
document.addEventListener("htmx:afterRequest", (e) => e.detail.target?.removeAttribute("aria-busy"));
document.addEventListener("htmx:afterSwap", (e) => {
  const cell = e.detail.target.closest?.("td.ml-editcell"); if (!cell) return;
  const field = $("[data-first]", cell);
  if (field) { field.focus(); field.select?.(); } else { before.delete(cell); $("#ml-said").textContent = $("[data-say]", cell)?.dataset.say ?? ""; $("[data-qedit]", cell)?.focus(); }
});
const problem = (cause) => {
  const place = $("#ml-problems"), note = $("#ml-problem-model")?.content.firstElementChild.cloneNode(true); if (!place || !note) return;
  $("p", note).textContent = cause; place.replaceChildren(note); place.scrollIntoView({ block: "nearest" });
};
// a short sentence of the server is better than ours
document.addEventListener("htmx:responseError", (e) => {
  const said = e.detail.xhr.responseText.trim();
  problem(said && said.length < 400 && !said.includes("<") ? said : {
    401: "Votre session est terminée. Votre saisie est encore là : connectez-vous dans un autre onglet, puis recommencez.",
    403: "Ce geste n’est pas ouvert à votre rôle. Rien n’a été modifié.",
    404: "Cette ligne n’existe plus. Rechargez la page.",
    413: "L’envoi est trop lourd. Rien n’a été enregistré.",
    429: "Trop de demandes en peu de temps. Attendez une minute, puis recommencez.",
  }[e.detail.xhr.status] ?? "Le serveur n’a pas pu répondre. Rien n’a été enregistré : votre saisie est encore là, recommencez.");
});
// a whole page in answer to a fragment is the sign-in page: it has no place in a cell
document.addEventListener("htmx:beforeSwap", (e) => {
  if (!/^\s*<!doctype html/i.test(e.detail.xhr.responseText)) return;
  e.detail.shouldSwap = false; problem("Votre session est terminée. Votre saisie est encore là : connectez-vous dans un autre onglet, puis recommencez.");
});
document.addEventListener("htmx:sendError", () => problem("La connexion est coupée. Votre saisie est encore là : recommencez quand elle revient."));

// ---------- a form that is read again at each choice: the page follows when the work is done, at the same place ----------
// what is changed meanwhile waits its turn, and « Voir l’aperçu » waits for all of it
const reread = { waiting: new Map(), busy: false, timer: 0, leave: null };
const rereadForm = () => $("form[data-reread]"), sayReread = (words) => { const place = $("#relecture"); if (place) place.textContent = words; };
document.addEventListener("change", (e) => {
  if (!e.target.form?.matches("[data-reread]") || !e.target.name) return;
  reread.waiting.set(e.target.type === "radio" || e.target.type === "checkbox" ? e.target.id : e.target.name, e.target);
  clearTimeout(reread.timer); reread.timer = setTimeout(readAgain, 600); // the arrows of a closed list pass over choices
});
document.addEventListener("submit", (e) => {
  if (!e.target.matches("[data-reread]")) return;
  clearTimeout(reread.timer);
  if (reread.busy) { e.preventDefault(); reread.leave = e.submitter; }
});
async function readAgain() {
  const form = rereadForm(); if (!form || reread.busy || !reread.waiting.size) return;
  const body = new URLSearchParams(new FormData(form));
  reread.waiting.clear(); reread.busy = true; sayReread("Relecture en cours…");
  try {
    let answer = await fetch(form.action, { method: "POST", credentials: "same-origin", body }), page = await pageOf(answer);
    while ($("[hx-get$='/avancement']", page)) { await new Promise((go) => setTimeout(go, 500)); answer = await fetch(location.href, { credentials: "same-origin" }); page = await pageOf(answer); }
    if (!$("form[data-reread]", page)) { // a file that is surely read goes to its preview, a session that ended to the sign-in
      answer = await fetch(location.href, { credentials: "same-origin" }); page = await pageOf(answer);
      if (!$("form[data-reread]", page)) { location.assign(answer.url); return; }
    }
    showReread(page);
  } catch { problem("La connexion est coupée : vos choix sont encore là. Recommencez quand elle revient."); }
  reread.busy = false; sayReread("");
  if (reread.waiting.size) { reread.timer = setTimeout(readAgain, 100); return; }
  const leave = reread.leave?.name; reread.leave = null;
  if (leave) $(`button[name="${leave}"]`)?.click();
}
const pageOf = async (answer) => new DOMParser().parseFromString(await answer.text(), "text/html");
function showReread(page) {
  const main = $("#contenu"), at = document.activeElement, id = at.id, top = at.getBoundingClientRect().top, y = scrollY;
  const open = new Map($$("details[id]", main).map((d) => [d.id, d.open]));
  main.replaceChildren(...$("#contenu", page).childNodes); htmx.process(main);
  open.forEach((is, name) => { const d = document.getElementById(name); if (d) d.open = is; });
  reread.waiting.forEach((old, key) => {
    const now = document.getElementById(old.id) ?? rereadForm().elements[key]; if (!now) { reread.waiting.delete(key); return; }
    if ("checked" in old && old.type !== "text") now.checked = old.checked; else now.value = old.value;
    reread.waiting.set(key, now);
  });
  const back = id && (document.getElementById(id) ?? document.getElementById(id.replace(/-(ok|p)$/, "")));
  if (back) { const fold = back.closest("details"); if (fold) fold.open = true; back.focus({ preventScroll: true }); scrollBy(0, back.getBoundingClientRect().top - top); } else scrollTo(0, y);
  $("#ml-said").textContent = "Relu avec vos choix.";
}

// ---------- toasts: gone after 8 s, unless someone is reading ----------
const fade = (toast) => setTimeout(() => { if (toast.matches(":hover, :focus-within")) fade(toast); else toast.remove(); }, 8000);
new MutationObserver((changes) => changes.forEach((c) => c.addedNodes.forEach((n) => { if (n.matches?.("[data-toast]")) fade(n); }))).observe($("#ml-toasts") ?? document.createElement("i"), { childList: true });
$$("[data-toast]").forEach(fade);

// ---------- relation picker: combobox over hidden identifiers ----------
const pickers = new WeakMap();
function picker(root) {
  if (!pickers.has(root)) pickers.set(root, { text: $("[role=combobox]", root).value, results: [], active: -1 });
  return pickers.get(root);
}
const pickerParts = (root) => ({ box: $("[role=combobox]", root), list: $("[role=listbox]", root), status: $("[role=status]", root), id: $(":scope > input[type=hidden]", root) });
function closePicker(root) {
  const { box, list } = pickerParts(root); list.hidden = true; list.replaceChildren();
  box.setAttribute("aria-expanded", "false"); box.removeAttribute("aria-activedescendant"); picker(root).active = -1;
}
async function searchPicker(root, words) {
  const state = picker(root), { box, status } = pickerParts(root), query = (words ?? box.value).trim();
  state.request?.abort(); state.request = new AbortController();
  try {
    const answer = await fetch(root.dataset.url, { method: "POST", credentials: "same-origin", signal: state.request.signal, headers: { "X-CSRFToken": token(), Accept: "application/json" }, body: new URLSearchParams({ query }) });
    if (!answer.ok) throw new Error(answer.status);
    const { results, more } = await answer.json();
    if (document.activeElement === box) showPicker(root, results, more, query);
  } catch (error) {
    if (error.name !== "AbortError") { closePicker(root); status.textContent = "La recherche n’a pas abouti. Recommencez dans un instant."; }
  }
}
function showPicker(root, results, more, query) {
  const state = picker(root), { box, list, status } = pickerParts(root); state.results = results; state.active = -1;
  list.replaceChildren(...results.map((r, i) => {
    const option = Object.assign(document.createElement("li"), { id: `${list.id}-${i}`, textContent: r.text });
    option.setAttribute("role", "option"); option.setAttribute("aria-selected", "false");
    if (r.hint) option.append(Object.assign(document.createElement("span"), { className: "ml-small-d", textContent: r.hint }));
    return option;
  }));
  list.hidden = results.length === 0; box.setAttribute("aria-expanded", String(results.length > 0)); box.removeAttribute("aria-activedescendant");
  const n = results.length;
  status.textContent = n === 0 ? (query ? `Rien ne répond à « ${query} ».` : "Rien à proposer.") : more ? `Les ${n} premières propositions : précisez pour en voir d’autres.` : n > 1 ? `${n} propositions` : "1 proposition";
}
function movePicker(root, step) {
  const state = picker(root), { box, list } = pickerParts(root), n = state.results.length; if (!n) return;
  state.active = (state.active + step + n) % n;
  [...list.children].forEach((o, i) => o.setAttribute("aria-selected", String(i === state.active)));
  box.setAttribute("aria-activedescendant", list.children[state.active].id); list.children[state.active].scrollIntoView({ block: "nearest" });
}
function choose(root, result) {
  const state = picker(root), { box, id, status } = pickerParts(root);
  if ("multiple" in root.dataset) { addPicked(root, result); box.value = state.text = ""; } else { box.value = state.text = result.text; id.value = result.id; $("[data-clear]", root).hidden = false; }
  closePicker(root); status.textContent = ""; box.focus(); root.dispatchEvent(new CustomEvent("change", { bubbles: true }));
}
function addPicked(root, { id, text }) {
  const list = $(".ml-picked", root);
  if ($$("input[type=hidden]", list).some((i) => i.value === String(id))) return;
  const chip = Object.assign(document.createElement("li"), { className: "ml-chip" });
  const cross = Object.assign(document.createElement("button"), { type: "button", ariaLabel: `Retirer ${text}` });
  cross.dataset.unpick = ""; cross.append($("template", root).content.cloneNode(true));
  chip.append(Object.assign(document.createElement("span"), { textContent: text }), Object.assign(document.createElement("input"), { type: "hidden", name: root.dataset.name, value: id }), cross);
  list.append(chip);
}
function clearPicker(root) {
  const state = picker(root), { box, id } = pickerParts(root);
  box.value = state.text = ""; id.value = ""; $("[data-clear]", root).hidden = true; closePicker(root); root.dispatchEvent(new CustomEvent("change", { bubbles: true }));
}
document.addEventListener("input", (e) => {
  const root = e.target.closest("[data-picker]"); if (!root || e.target.getAttribute("role") !== "combobox") return;
  clearTimeout(picker(root).timer); picker(root).timer = setTimeout(() => searchPicker(root), 200);
});
document.addEventListener("keydown", (e) => {
  const root = e.target.closest?.("[data-picker]"); if (!root || e.target.getAttribute("role") !== "combobox") return;
  const state = picker(root), open = e.target.getAttribute("aria-expanded") === "true";
  if (e.key === "ArrowDown" || e.key === "ArrowUp") { e.preventDefault(); if (open) movePicker(root, e.key === "ArrowDown" ? 1 : -1); else searchPicker(root, e.target.value === state.text ? "" : undefined); }
  if (e.key === "Enter" && open) { e.preventDefault(); choose(root, state.results[Math.max(0, state.active)]); }
  if (e.key === "Escape" && open) { e.preventDefault(); e.stopPropagation(); closePicker(root); e.target.value = state.text; pickerParts(root).status.textContent = ""; }
  if (e.key === "Backspace" && e.target.value === "" && "multiple" in root.dataset) { $(".ml-picked li:last-child", root)?.remove(); }
}, true);
document.addEventListener("focusin", (e) => { const root = e.target.closest?.("[data-picker]"); if (root) picker(root); });
document.addEventListener("focusout", (e) => {
  const root = e.target.closest?.("[data-picker]"); if (!root || e.target.getAttribute("role") !== "combobox") return;
  const { box, status } = pickerParts(root); clearTimeout(picker(root).timer); closePicker(root); status.textContent = "";
  // what was typed without being chosen is no value: an emptied box empties the field, anything else gives the name back
  if (box.value.trim() === "" && !("multiple" in root.dataset)) clearPicker(root); else box.value = picker(root).text;
});
document.addEventListener("mousedown", (e) => { if (e.target.closest("[role=listbox]")) e.preventDefault(); }); // the focus stays in the box
document.addEventListener("click", (e) => {
  const root = e.target.closest("[data-picker]"); if (!root) return;
  if (e.target.getAttribute("role") === "combobox" && e.target.getAttribute("aria-expanded") === "false") { e.target.select(); searchPicker(root, ""); }
  const option = e.target.closest("[role=option]");
  if (option) choose(root, picker(root).results[[...option.parentNode.children].indexOf(option)]);
  if (e.target.closest("[data-clear]")) { clearPicker(root); pickerParts(root).box.focus(); }
  if (e.target.closest("[data-unpick]")) { e.target.closest("li").remove(); pickerParts(root).box.focus(); }
});

// ---------- start ----------
$("[data-focus]")?.focus();
if (history.length > 1) $$("[data-back]").forEach((b) => { b.hidden = false; });
$$("[data-filter]").forEach(showFilterField);
showSelection();
