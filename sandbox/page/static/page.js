// The page follows the server: whatever changed is fetched anew and put in the place of what it was.
"use strict";

const $ = (selector, within = document) => within.querySelector(selector);
const toast = (words) => { $("#toast").textContent = words; };
const PARTS = ["rail", "head", "composer"];
const LISTS = ["messages", "thread", "behind", "modal"];
let drawing = null, again = false, follow = 0;

/* dates in the reader's own zone */
function dated(form, at) {
  const now = new Date(document.body.dataset.now * 1000), day = (moment) => moment.toDateString();
  const near = { [day(now)]: "today", [day(new Date(now - 864e5))]: "yesterday", [day(new Date(+now + 864e5))]: "tomorrow" };
  const date = (options) => at.toLocaleDateString(undefined, options);
  const short = { month: "short", day: "numeric", year: "numeric" }, long = { weekday: "long", month: "long", day: "numeric", year: "numeric" };
  const words = {
    time: () => at.toLocaleTimeString(undefined, { hour: "numeric", minute: "2-digit" }),
    time_secs: () => at.toLocaleTimeString(),
    date_num: () => at.toISOString().slice(0, 10),
    date: () => date({ ...long, weekday: undefined }), date_short: () => date(short), date_long: () => date(long),
  };
  return form.replace(/\{(\w+?)(_pretty)?\}/g, (whole, name, pretty) =>
    pretty && near[day(at)] ? near[day(at)] : words[name] ? words[name]() : whole);
}

function show(within) {
  for (const time of within.querySelectorAll("time[data-at]")) {
    const at = new Date(time.dataset.at * 1000);
    time.textContent = dated(time.dataset.form, at);
    time.dateTime = at.toISOString();
  }
  const dialog = within.matches?.("dialog") ? within : $("dialog", within);
  if (dialog && !dialog.open && dialog.isConnected) dialog.showModal();
}

/* the same place in what was drawn anew: where the focus was, it stays */
function placeOf(element) {
  const holder = element?.closest("[id]:not(#main)");
  if (!holder || element === document.body) return () => null;
  const { action, do: what } = element.dataset, name = element.name, value = element.value;
  const places = [...holder.querySelectorAll("button, input, textarea, summary, a")], nth = places.indexOf(element);
  return () => {
    const now = document.getElementById(holder.id);
    if (!now || now.contains(document.activeElement) && document.activeElement !== now) return null;
    const all = [...now.querySelectorAll("button, input, textarea, summary, a")];
    return all.find((one) => action && one.dataset.action === action)
      ?? all.find((one) => name && one.name === name && one.value === value)
      ?? all.find((one) => what && one.dataset.do === what && one.value === value) ?? all[Math.min(nth, all.length - 1)];
  };
}

function replace(old, fresh) {
  const place = placeOf(old.contains(document.activeElement) ? document.activeElement : null);
  const open = [...old.querySelectorAll("details")].map((one) => one.open);
  if (old.open !== undefined && old.matches("dialog")) old.close();
  old.replaceWith(fresh);
  show(fresh);
  if (fresh.dataset.channel === undefined)
    [...fresh.querySelectorAll("details")].forEach((one, at) => { if (open[at] !== undefined) one.open = open[at]; });
  place()?.focus({ preventScroll: true });
}

function merge(old, fresh) {
  for (const { name, value } of fresh.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name)) old.removeAttribute(name);
  const wanted = [...fresh.children], ids = new Set(wanted.map((one) => one.id));
  for (const gone of [...old.children]) if (!ids.has(gone.id)) gone.remove();
  wanted.forEach((one, at) => {
    const here = document.getElementById(one.id);
    if (!here) { old.insertBefore(one, old.children[at] ?? null); show(one); }
    else {
      if (old.children[at] !== here) old.insertBefore(here, old.children[at] ?? null);
      if (here.dataset.v !== one.dataset.v) replace(here, one);
    }
  });
}

async function draw({ live = true, to = location.href } = {}) {
  if (drawing) { again = true; return drawing; }
  drawing = (async () => {
    const response = await fetch(to, live ? { headers: { "X-Live": "1" } } : {});
    const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
    const list = $("#messages"), down = list.scrollHeight - list.scrollTop - list.clientHeight < 40, count = list.children.length;
    const moved = document.body.dataset.at !== fresh.body.dataset.at || document.body.dataset.me !== fresh.body.dataset.me;
    const opened = document.body.dataset.thread !== fresh.body.dataset.thread;
    Object.assign(document.body.dataset, fresh.body.dataset);
    document.title = fresh.title;
    for (const id of PARTS) {
      const old = document.getElementById(id), now = fresh.getElementById(id);
      if (old && now && old.dataset.v !== now.dataset.v) replace(old, now);
      else if (old && !now) old.remove();
      else if (!old && now) $("#main").append(now);
    }
    for (const id of LISTS) merge(document.getElementById(id), fresh.getElementById(id));
    if (opened) $("#thread .message + .message")?.scrollIntoView({ block: "start" });
    if (moved || ((down || Date.now() < follow) && list.children.length > count)) settle();
  })();
  try { await drawing; } catch { toast("The demo has ended, or can't be reached."); } finally { drawing = null; }
  if (again) { again = false; await draw(); }
}

/* the newest message, from its beginning where it is longer than the window */
function settle() {
  const list = $("#messages"), named = location.hash && document.getElementById(location.hash.slice(1));
  const last = named || list.lastElementChild;
  if (last && (named || last.offsetHeight > list.clientHeight)) last.scrollIntoView({ block: "start" });
  else list.scrollTop = list.scrollHeight;
}

/* what people do */
function formOf(element) {
  const values = {};
  for (const field of element.closest("dialog")?.querySelectorAll("form [name]") ?? []) {
    const given = values[field.name] ??= [];
    if (!["checkbox", "radio"].includes(field.type) || field.checked) given.push(field.value);
  }
  return values;
}

async function act(element) {
  const body = document.body.dataset, message = element.closest("[data-channel]")?.dataset;
  const busy = element.matches("form") ? [...element.querySelectorAll("footer button, button.primary")] : [element];
  const asked = {
    as: body.me, do: element.dataset.do, action: element.dataset.action, value: element.matches("form") ? "" : element.value,
    where: element.closest("[data-where]")?.dataset.where, channel: message?.channel ?? body.at, ts: message?.ts,
    form: formOf(element), text: element.elements?.text?.value,
  };
  toast("");
  busy.forEach((one) => one.setAttribute("aria-busy", "true"));
  try {
    const response = await fetch("/act", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(asked) });
    toast(response.ok ? (await response.json()).trouble : "The demo didn't understand that.");
  } catch { toast("The demo has ended, or can't be reached."); }
  busy.forEach((one) => one.removeAttribute("aria-busy"));
  await draw();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button[data-do]");
  for (const menu of document.querySelectorAll("details.menu[open]"))
    if (!menu.contains(event.target) || button) { menu.open = false; if (button && menu.contains(button)) $("summary", menu).focus(); }
  if (button) return act(button);
  const link = event.target.closest("a[href]"), to = link && new URL(link.href);
  if (!to || to.origin !== location.origin || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  history.pushState(null, "", to);
  draw({ live: false }).then(() => { if (to.hash) settle(); });
});
document.addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target;
  if (form.id !== "composer") return act(form);
  if (!form.elements.text.value.trim()) return;
  follow = Date.now() + 2e4;
  act(form);
  form.elements.text.value = "";
  suggest();
});
document.addEventListener("cancel", (event) => {
  event.preventDefault();
  const button = event.target.querySelector("[data-do=close]");
  if (button) act(button);
}, true);
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    const menu = event.target.closest("details.menu[open]");
    if (menu) { menu.open = false; $("summary", menu).focus(); }
  }
  if (event.target.id === "text") choosing(event);
});
window.addEventListener("popstate", () => draw({ live: false }));

/* completion of commands */
const options = () => [...document.querySelectorAll("#commands li")].filter((one) => !one.hidden);
function suggest() {
  const box = $("#text"), list = $("#commands"), typed = box.value.toLowerCase();
  for (const one of list.children) {
    const fixed = one.dataset.text.split(/ [[A-Z]/)[0];
    one.hidden = !(fixed.startsWith(typed) || typed.startsWith(fixed + " ") && fixed !== typed.trim());
    one.setAttribute("aria-selected", "false");
  }
  list.hidden = !typed.startsWith("/") || !options().length;
  box.setAttribute("aria-expanded", String(!list.hidden));
  box.removeAttribute("aria-activedescendant");
}
function choosing(event) {
  const shown = $("#commands").hidden ? [] : options(), at = shown.findIndex((one) => one.getAttribute("aria-selected") === "true");
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!shown.length) return;
  if (step) {
    event.preventDefault();
    const next = shown[(at + step + shown.length + (at < 0 && step < 0 ? 1 : 0)) % shown.length];
    shown.forEach((one) => one.setAttribute("aria-selected", String(one === next)));
    next.scrollIntoView({ block: "nearest" });
    event.target.setAttribute("aria-activedescendant", next.id);
  } else if (event.key === "Tab" && !event.shiftKey || event.key === "Enter" && at >= 0) {
    event.preventDefault();
    complete(shown[Math.max(at, 0)]);
  } else if (event.key === "Escape") { $("#commands").hidden = true; }
}
function complete(option) {
  const box = $("#text"), fixed = option.dataset.text.split(/ [[A-Z]/)[0];
  box.value = fixed === option.dataset.text ? fixed : fixed + " ";
  box.focus();
  suggest();
  $("#commands").hidden = true;
}
document.addEventListener("input", (event) => { if (event.target.id === "text") suggest(); });
document.addEventListener("mousedown", (event) => {
  const option = event.target.closest("#commands li");
  if (option) { event.preventDefault(); complete(option); }
});

show(document.documentElement);
settle();
const events = new EventSource("/events");
events.onmessage = () => { toast($("#toast").textContent.startsWith("The demo has ended") ? "" : $("#toast").textContent); draw(); };
