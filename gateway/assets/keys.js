// The keys of /keys. A single key does nothing while somebody types, with a modifier, or where switched off.
"use strict";
(() => {
  const off = "whistlepost-keys-off";
  const isOff = () => { try { return localStorage.getItem(off) === "1"; } catch { return false; } };
  const typing = (at) => at && at.closest && at.closest("input, select, textarea, [contenteditable]");
  const rows = () => [...document.querySelectorAll("main .row a.title, main tbody th a")].filter((link) => link.offsetParent);
  let going = 0;

  const wire = (root) => {
    const tick = root.querySelector("#keys-off");
    if (!tick) return;
    const box = tick.querySelector("input");
    tick.hidden = false;
    box.checked = !isOff();
    box.addEventListener("change", () => { try { localStorage.setItem(off, box.checked ? "" : "1"); } catch { /* kept for this page only */ } });
  };

  const help = async () => {
    if (document.querySelector("dialog[open]") || document.querySelector("main #keys")) return;
    let page;
    try { page = new DOMParser().parseFromString(await (await fetch("/keys")).text(), "text/html"); } catch { return; }
    const keys = page.querySelector("#keys");
    if (!keys) return;
    const dialog = document.createElement("dialog");
    dialog.className = "help";
    dialog.setAttribute("aria-label", page.querySelector("h1").textContent);
    const close = document.createElement("button");
    close.textContent = document.documentElement.lang.startsWith("zh") ? "关闭" : "Close";
    close.addEventListener("click", () => dialog.close());
    dialog.append(keys, close);
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    wire(dialog);
    dialog.showModal();
  };

  const move = (by) => {
    const all = rows();
    const at = all.indexOf(document.activeElement && document.activeElement.closest(".row, tr") ?
      document.activeElement.closest(".row, tr").querySelector("a.title, th a") : null);
    const next = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + by, 0), all.length - 1)];
    if (next) { next.focus(); next.scrollIntoView({ block: "nearest" }); }
  };

  const tick = () => {
    const row = document.activeElement && document.activeElement.closest(".row");
    const box = row && row.querySelector("input.pick");
    if (box) box.click();
  };

  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.key === "Escape" && typing(event.target)) { event.target.blur(); return; }
    if (typing(event.target) || document.querySelector("dialog[open]") || isOff()) return;
    const now = Date.now();
    const goes = now - going < 1500 && document.querySelector(`[data-go="${CSS.escape(event.key)}"]`);
    going = 0;
    if (goes) { event.preventDefault(); goes.click(); return; }
    const does = { "?": help, "/": () => document.getElementById("find")?.focus(), j: () => move(1), k: () => move(-1), x: tick, g: () => { going = now; } }[event.key];
    if (does) { event.preventDefault(); does(); }
  });
  wire(document);
})();
