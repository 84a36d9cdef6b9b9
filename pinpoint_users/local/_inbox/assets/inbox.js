// The list follows what is sent, and keys move through it. Every page works without this.
"use strict";

const EVERY = 1000;
const names = document.title;

async function refresh() {
  const list = document.getElementById("list");
  const query = new URLSearchParams(location.search);
  query.set("state", list.dataset.state);
  let answer;
  try {
    answer = await fetch(`${document.body.dataset.root}/inbox/list?${query}`);
  } catch {
    document.body.classList.add("away");
    return;
  }
  document.body.classList.toggle("away", !answer.ok);
  if (answer.status !== 200) return;
  const parts = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = parts.getElementById("list");
  const before = Number(list.dataset.newest);
  const focused = document.activeElement?.dataset?.number;
  let arrived = 0;
  for (const row of fresh.querySelectorAll(".row")) {
    if (Number(row.dataset.number) > before) {
      row.classList.add("new");
      arrived += 1;
    }
  }
  document.getElementById("channels").replaceWith(parts.getElementById("channels"));
  list.replaceWith(fresh);
  if (focused) fresh.querySelector(`[data-number="${focused}"]`)?.focus({ preventScroll: true });
  if (arrived) {
    document.getElementById("news").textContent = `${arrived} new ${arrived === 1 ? "delivery" : "deliveries"}`;
    if (document.hidden) document.title = `● ${names}`;
  }
}

async function follow() {
  const began = performance.now();
  if (!document.hidden) await refresh();
  // A search of very many deliveries takes a while: the service is left alone for ten times as long.
  setTimeout(follow, Math.max(EVERY, 10 * (performance.now() - began)));
}

function move(step) {
  const rows = [...document.querySelectorAll(".row")];
  const at = rows.indexOf(document.activeElement);
  const next = at < 0 ? 0 : Math.min(Math.max(at + step, 0), rows.length - 1);
  rows[next]?.focus();
}

const KEYS = {
  j: () => (document.getElementById("list") ? move(1) : document.querySelector("a[rel=next]")?.click()),
  k: () => (document.getElementById("list") ? move(-1) : document.querySelector("a[rel=prev]")?.click()),
  u: () => document.getElementById("back")?.click(),
  "/": () => document.getElementById("q")?.focus(),
};
KEYS.ArrowDown = () => document.getElementById("list") && move(1);
KEYS.ArrowUp = () => document.getElementById("list") && move(-1);

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, select, textarea, pre")) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  const act = Object.hasOwn(KEYS, event.key) && KEYS[event.key];
  if (act && (event.key.length === 1 || document.getElementById("list"))) {
    event.preventDefault();
    act();
  }
});

document.addEventListener("submit", (event) => {
  const question = event.target.dataset.ask;
  if (question && !confirm(question)) event.preventDefault();
});

document.addEventListener("visibilitychange", () => {
  if (!document.hidden) document.title = names;
});

if (document.getElementById("list")) setTimeout(follow, EVERY);
