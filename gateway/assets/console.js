// Every page works without this. With it, countdowns run and rows that changed are fetched again,
// never moving what is under the pointer or being typed into.
"use strict";
(() => {
  const zh = document.documentElement.lang.startsWith("zh");
  const skew = Number(document.documentElement.dataset.now) - Date.now() / 1000;

  const span = (seconds) => {
    const d = Math.floor(seconds / 86400), h = Math.floor(seconds / 3600) % 24, m = Math.floor(seconds / 60) % 60;
    const [dd, hh, mm] = zh ? [" 天", " 小时", " 分"] : [" d", " h", " min"];
    if (d && h) return `${d}${dd} ${h}${hh}`;
    if (d) return `${d}${dd}`;
    if (h && m) return `${h}${hh} ${m}${mm}`;
    return h ? `${h}${hh}` : `${m}${mm}`;
  };

  const tick = () => {
    const now = Date.now() / 1000 + skew;
    for (const due of document.querySelectorAll(".due[data-red]")) {
      const red = Number(due.dataset.red), amber = Number(due.dataset.amber);
      if (!red) continue;
      const left = red - now;
      const tone = left < 0 ? "red" : now >= amber ? "amber" : "calm";
      const words = left < 0 ? (zh ? `超时 ${span(-left)}` : `${span(-left)} late`) : (zh ? `剩 ${span(left)}` : `${span(left)} left`);
      const text = due.querySelector("b");
      if (text.textContent !== words) text.textContent = words;
      for (const holder of [due, due.closest(".row.calm, .row.amber, .row.red")]) {
        if (!holder) continue;
        holder.classList.remove("calm", "amber", "red");
        holder.classList.add(tone);
      }
    }
  };
  setInterval(tick, 20000);

  // A second press of a button is the same command; say so by taking the button away.
  document.addEventListener("submit", (event) => {
    for (const button of event.target.querySelectorAll("button")) setTimeout(() => { button.disabled = true; }, 0);
  });
  addEventListener("pageshow", () => { for (const button of document.querySelectorAll("button")) button.disabled = false; });

  // Pick lists that apply themselves.
  for (const form of document.querySelectorAll("form[data-auto]")) {
    form.addEventListener("change", () => form.requestSubmit());
  }

  // How many rows are ticked, said where they are dealt with; ticking one means those.
  const picked = document.querySelector("[data-picked]");
  if (picked) {
    const said = (event) => {
      const n = document.querySelectorAll("input.pick:checked").length;
      picked.textContent = n || "";
      if (event && n) picked.closest("label").querySelector("input").checked = true;
    };
    document.addEventListener("change", (event) => { if (event.target.matches("input.pick")) said(event); });
    addEventListener("pageshow", () => said());
  }

  // What is still at work is asked again until it is done.
  const poll = setInterval(async () => {
    const at = document.querySelector("[data-poll]");
    if (!at) { clearInterval(poll); return; }
    if (document.hidden) return;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      const other = answer.ok && new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(at.id);
      if (!other) return;
      // A button that somebody is about to press stays where it is.
      if (other.querySelector("button") && at.querySelector("button")) at.querySelector("p").textContent = other.querySelector("p").textContent;
      else at.replaceWith(other);
    } catch { /* asked again */ }
  }, 1000);

  if (!document.body.dataset.live || !("EventSource" in window)) return;
  const pill = document.getElementById("pill");
  const changed = new Set();
  const elsewhere = new Set();
  let timer = 0;
  let last = 0;
  // The first change shows at once; a flood of them once in a while.
  const soon = () => { if (!timer) timer = setTimeout(refresh, Date.now() - last > 2000 ? 60 : 1200); };

  const busy = (row) => row.matches(":hover") || row.contains(document.activeElement) || row.querySelector("details[open]");

  const refresh = async () => {
    timer = 0;
    last = Date.now();
    const asked = [...changed];
    changed.clear();
    let fresh;
    try {
      const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
      if (!answer.ok || answer.redirected) return;
      fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    } catch { return; }
    for (const count of document.querySelectorAll("[data-count]")) {
      const other = fresh.querySelector(`[data-count="${CSS.escape(count.dataset.count)}"]`);
      if (other && other.textContent !== count.textContent) { count.textContent = other.textContent; count.className = other.className; }
    }
    // A wall is only looked at: its parts are exchanged whole.
    if (document.querySelector("[data-every]")) {
      for (const part of document.querySelectorAll("[data-fresh]")) {
        const other = fresh.getElementById(part.id);
        if (other && other.innerHTML !== part.innerHTML) part.replaceWith(other);
      }
      return;
    }
    for (const no of asked) {
      const row = document.querySelector(`[data-case="${CSS.escape(no)}"]`);
      const other = fresh.querySelector(`[data-case="${CSS.escape(no)}"]`);
      if (row && other && !busy(row)) {
        row.replaceWith(other);
        other.classList.add("fresh");
      } else if (row || other) {
        elsewhere.add(no);
      }
    }
    if (pill && elsewhere.size) {
      pill.textContent = zh ? `有 ${elsewhere.size} 条更新，点此刷新` : `${elsewhere.size} updated — refresh`;
      pill.hidden = false;
    }
  };

  if (pill) pill.addEventListener("click", () => location.reload());
  const everything = () => {
    for (const row of document.querySelectorAll("[data-case]")) changed.add(row.dataset.case);
    soon();
  };
  let source = null;
  const listen = () => {
    if (source || document.hidden) return;
    const here = document.querySelector("[data-here]");
    source = new EventSource(here ? `/live?on=${encodeURIComponent(here.dataset.here)}` : "/live");
    source.addEventListener("here", () => document.dispatchEvent(new CustomEvent("wp-here")));
    source.addEventListener("case", (event) => {
      document.dispatchEvent(new CustomEvent("wp-case", { detail: event.data }));
      changed.add(event.data);
      soon();
    });
    // We fell behind: everything may have changed.
    source.addEventListener("lost", everything);
  };
  const leave = () => {
    if (source) source.close();
    source = null;
  };
  const comeBack = () => {
    if (source || document.hidden) return;
    listen();
    everything();
  };
  // A browser has six connections to a host, for all its tabs and for pages it keeps for "back": only a
  // page that is looked at holds one, or the next page would wait for ever.
  addEventListener("pagehide", leave);
  addEventListener("pageshow", (event) => { if (event.persisted) comeBack(); });
  document.addEventListener("visibilitychange", () => { if (document.hidden) leave(); else comeBack(); });
  listen();
  const every = Number(document.body.dataset.every);
  if (every) setInterval(soon, every * 1000);
})();
