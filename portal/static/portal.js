// What the pages gain from a script. Every flow works without it; what only it can do is hidden until it runs.
"use strict";

const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const zone = (part) => part.type === "timeZoneName";

// Times: the reader's own clock, with UTC as the title.
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZoneName: "short" });
const day = new Intl.DateTimeFormat("en-GB", { weekday: "short", day: "numeric", month: "short", year: "numeric" });

function localTime(time) {
  const at = new Date(time.dateTime);
  const today = day.format(at) === day.format(new Date());
  time.title = `${at.toISOString().slice(0, 16).replace("T", " ")} UTC`;
  time.textContent = today ? clock.format(at) : `${day.format(at).replace(",", "")}, ${clock.format(at)}`;
}

function localTimes() {
  all("time").forEach(localTime);
  const name = clock.formatToParts().find(zone).value;
  for (const note of all("[data-zone]")) note.textContent = `Times are in your time zone (${name}).`;
}

// Ends: where a duration would end if it started now.
function ends() {
  for (const time of all("time[data-ends]")) {
    const [, count, unit] = time.dataset.ends.match(/^(\d+)([hm])$/) ?? [];
    if (!count) continue;
    const minutes = Number(count) * (unit === "h" ? 60 : 1);
    time.dateTime = new Date(Date.now() + minutes * 60000).toISOString();
    localTime(time);
  }
}

// Count-downs: minutes, and seconds below two minutes, in the words that the server uses.
function left(seconds) {
  if (seconds < 120) return units(Math.floor(seconds / 60), "min", seconds % 60, "s");
  const minutes = Math.round(seconds / 60);
  return units(Math.floor(minutes / 60), "h", minutes % 60, "min");
}

function units(large, unit, small, smallUnit) {
  if (large === 0) return `${small} ${smallUnit}`;
  return small === 0 ? `${large} ${unit}` : `${large} ${unit} ${small} ${smallUnit}`;
}

function countDown() {
  let next = 15000;
  for (const words of all("[data-countdown]")) {
    const seconds = Math.max(0, Math.round((new Date(words.dataset.countdown) - Date.now()) / 1000));
    const tail = words.textContent.endsWith(" left") ? " left" : "";
    const entry = words.closest(".entry");
    words.textContent = left(seconds) + tail;
    if (entry) seconds > 0 ? remaining(entry, seconds) : ended(entry);
    if (seconds > 0 && seconds < 135) next = 1000;
  }
  ends();
  if (over()) next = 1000;
  showAgain();
  setTimeout(countDown, next);
}

// Ends that this page sees pass: once one has, the page is loaded again, to show what is true then. What was over when the page
// came is not waited for, so it is loaded once; and not where somebody has written, chosen or has something to correct.
let touched = document.getElementById("summary") !== null;
const awaited = all("[data-countdown], [data-over]").map((words) => new Date(words.dataset.countdown ?? words.dataset.over)).filter((at) => at > Date.now());
const over = () => !document.hidden && !touched && awaited.some((at) => at <= Date.now());

function showAgain() {
  if (over() && awaited.some((at) => Date.now() - at >= 2000)) location.reload();
}

function remaining(entry, seconds) {
  const rail = entry.querySelector(".rail");
  rail.value = Math.round(seconds / 60);
  rail.ariaLabel = `${rail.value} of ${rail.max} ${rail.max === 1 ? "minute" : "minutes"} left`;
  if (seconds >= 600 || entry.matches(".soon")) return;
  entry.classList.add("soon");
  entry.querySelector(".left").classList.add("wait");
  entry.querySelector(".left svg").removeAttribute("hidden");
  for (const words of all("[data-until]", entry)) words.textContent = words.dataset.until;
}

function ended(entry) {
  const words = entry.querySelector(".left");
  words.textContent = "Ended";
  words.classList.remove("wait");
  entry.classList.remove("soon");
  entry.querySelector(".rail").remove();
  entry.querySelector(".entry-do").replaceChildren();
  for (const until of all("[data-until]", entry)) until.textContent = "at";
}

// Filter: hides what does not hold every word, opens what does, and says how many once typing pauses.
function filter(form) {
  const name = form.dataset.filter;
  const groups = all(`[data-filtered="${name}"] .group`);
  const found = document.querySelector(`[data-found="${name}"]`);
  const before = groups.map((group) => group.open);
  let pause;
  const apply = () => {
    const [query, constraint] = all("input, select", form).map((field) => field.value.trim());
    const asked = query !== "" || constraint !== "";
    const counts = groups.map((group, i) => filterGroup(group, query, constraint, asked, before[i]));
    const sum = (of) => counts.reduce((total, count) => total + count[of], 0);
    clearTimeout(pause);
    pause = setTimeout(() => { found.textContent = asked ? `${sum(0)} of ${sum(1)} roles match.` : ""; }, 600);
  };
  form.addEventListener("input", apply);
}

function filterGroup(group, query, constraint, asked, open) {
  const words = query.toLowerCase().split(/\s+/);
  const project = group.querySelector("h3").textContent;
  const entries = all("[data-constraint]", group);
  for (const entry of entries) {
    const text = `${project} ${entry.querySelector(".entry-what").textContent}`.toLowerCase();
    const kept = words.every((word) => text.includes(word));
    entry.hidden = !kept || (constraint !== "" && constraint !== entry.dataset.constraint);
  }
  const kept = entries.filter((entry) => !entry.hidden).length;
  group.hidden = kept === 0;
  group.open = asked ? kept > 0 : open;
  return [kept, entries.length];
}

// Picked: how many roles are selected.
function picked(form) {
  const words = form.querySelector("[data-picked]");
  const show = () => { words.textContent = `${all(":checked", form).length} selected`; };
  words.hidden = false;
  form.addEventListener("change", show);
  show();
}

// Peers: hides those that do not hold every word, but never one that is chosen.
function findPeers(field) {
  const search = field.querySelector("input");
  const found = field.querySelector("[role=status]");
  const entries = all(".peers li", field.parentElement);
  let pause;
  search.addEventListener("input", () => {
    const words = search.value.toLowerCase().split(/\s+/);
    const matching = entries.filter((entry) => words.every((word) => entry.textContent.toLowerCase().includes(word)));
    for (const entry of entries) entry.hidden = !matching.includes(entry) && !entry.querySelector(":checked");
    clearTimeout(pause);
    pause = setTimeout(() => { found.textContent = search.value.trim() ? `${matching.length} of ${entries.length} peers match.` : ""; }, 600);
  });
  search.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
  field.hidden = false;
}

// Ask again: whether the page's request still waits; once it does not, the page is loaded again. An answer that cannot be
// had or read is no answer: the page asks on.
async function askAgain(selector) {
  if (!document.hidden) await look(selector).catch(() => {});
  setTimeout(askAgain, 15000, selector);
}

async function look(selector) {
  const answer = await fetch(location.href);
  if (answer.status >= 500 || answer.status === 429) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const asOf = page.querySelector(`${selector} [data-as-of]`);
  if (!asOf) location.reload();
  for (const time of asOf ? all("[data-as-of]") : []) {
    time.dateTime = asOf.dateTime;
    localTime(time);
  }
}

// Minutes: writing them chooses them, choosing a preset forgets them.
function minutes(field) {
  const form = field.form;
  const other = form.querySelector("[type=radio][value=other]");
  field.addEventListener("input", () => { other.checked = true; });
  form.addEventListener("change", (event) => {
    if (event.target.type === "radio" && event.target !== other) field.value = "";
  });
}

// Copy: the words of the element with that id.
function copy(button) {
  const words = button.querySelector("span");
  const before = words.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const from = document.getElementById(button.dataset.copy);
    await navigator.clipboard.writeText(from.value ?? from.textContent);
    words.textContent = "Copied";
    setTimeout(() => { words.textContent = before; }, 2000);
  });
}

localTimes();
countDown();
document.addEventListener("input", () => { touched = true; });
document.addEventListener("visibilitychange", showAgain);
all("[data-filter]").forEach(filter);
all("[data-pick]").forEach(picked);
all("[name=minutes]").forEach(minutes);
all("[data-peers]").forEach(findPeers);
if (document.querySelector("[data-ask-again]")) setTimeout(askAgain, 15000, "[data-ask-again]");
if (navigator.clipboard) all("[data-copy]").forEach(copy);
