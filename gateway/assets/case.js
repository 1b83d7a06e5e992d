// A case page: who else has it open, what was typed and not yet sent, and what changed meanwhile.
"use strict";
(() => {
  const me = document.body.dataset.me;
  const zh = document.documentElement.lang.startsWith("zh");
  const store = {
    all: () => { try { return Object.keys(localStorage).filter((key) => key.startsWith("wp-draft:")); } catch { return []; } },
    get: (key) => { try { return JSON.parse(localStorage.getItem(key)); } catch { return null; } },
    set: (key, value) => { try { localStorage.setItem(key, JSON.stringify({ v: value, t: Date.now() })); } catch { /* nothing is kept */ } },
    drop: (prefix) => { for (const key of store.all()) if (key.startsWith(prefix)) try { localStorage.removeItem(key); } catch { /* gone */ } },
  };
  const sent = (value) => { try { if (value === undefined) return sessionStorage.getItem("wp-sent"); sessionStorage.setItem("wp-sent", value); } catch { return ""; } return ""; };

  // What a working day does not bring back, nobody needs; and after the sign-out nothing is left.
  for (const key of store.all()) if (Date.now() - (store.get(key) || { t: 0 }).t > 12 * 3600e3) store.drop(key);
  document.addEventListener("submit", (event) => {
    if (event.target.action.endsWith("/sign-out")) store.drop("wp-draft:");
  });
  if (!me) { sent(""); return; }
  // It was sent and the next page brings no refusal: it is in the log.
  if (sent() && !document.querySelector(".alert")) store.drop(sent());
  sent("");

  const here = document.querySelector("[data-here]");
  if (!here) return;
  const no = here.dataset.here;
  const forms = [...document.querySelectorAll(`form.fields[action^="/cases/${no}/do/"]`)];
  const fields = (form) => [...form.querySelectorAll("textarea, input[type=text]")];
  const prefix = (form) => `wp-draft:${me}:${no}:${form.action.split("/").pop()}:`;
  let typing = false;

  for (const form of forms) {
    let kept = false;
    for (const field of fields(form)) {
      const key = prefix(form) + field.name;
      const draft = store.get(key);
      if (draft && draft.v && draft.v !== field.value && field.value === field.defaultValue) { field.value = draft.v; kept = true; }
      field.addEventListener("input", () => {
        if (field.value) store.set(key, field.value); else store.drop(key);
        if (!typing) { typing = true; beat(); }
      });
    }
    if (kept) {
      for (let at = form.closest("details"); at; at = at.parentElement.closest("details")) at.open = true;
      const note = document.createElement("p");
      note.className = "hint kept";
      note.textContent = zh ? "已找回上次没有提交的内容。" : "What was typed and not sent is back. ";
      const drop = document.createElement("button");
      drop.type = "button"; drop.className = "link";
      drop.textContent = zh ? "不要了" : "Discard";
      drop.addEventListener("click", () => { store.drop(prefix(form)); form.reset(); note.remove(); });
      note.append(" ", drop);
      form.prepend(note);
    }
    form.addEventListener("submit", () => sent(prefix(form)));
  }

  const csrf = (document.querySelector("input[name=_csrf]") || {}).value;
  const say = (more) => new URLSearchParams({ _csrf: csrf, typing: typing ? "yes" : "", ...more });
  const beat = async () => {
    if (document.hidden) return;
    try {
      const answer = await fetch(`/cases/${no}/here`, { method: "POST", body: say({}) });
      if (!answer.ok) return;
      const words = await answer.text();
      if (here.textContent !== words) here.textContent = words;
      here.hidden = !words;
    } catch { /* said again */ }
  };
  beat();
  setInterval(beat, 15000);
  addEventListener("pagehide", () => navigator.sendBeacon(`/cases/${no}/here`, say({ left: "yes" })));
  document.addEventListener("visibilitychange", () => { if (!document.hidden) beat(); });
  document.addEventListener("wp-here", beat);

  // Somebody did something: what is only read is exchanged at once; a form that is being filled in stays.
  document.addEventListener("wp-case", async (event) => {
    if (event.detail !== no) return;
    let fresh;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      if (!answer.ok || answer.redirected) return;
      fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    } catch { return; }
    let moved = false;
    for (const part of document.querySelectorAll("[data-fresh]")) {
      const other = fresh.getElementById(part.id);
      if (!other || other.innerHTML === part.innerHTML) continue;
      moved = true;
      if (!part.contains(document.activeElement) && !part.querySelector("details[open]")) part.replaceWith(other);
    }
    const pill = document.getElementById("pill");
    if (moved && pill) {
      pill.textContent = zh ? "这件工单刚有变化，点此刷新" : "This case has just changed — refresh";
      pill.hidden = false;
    }
  });
})();
