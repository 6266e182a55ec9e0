// The page of a dialogue: values, comments, evidence and keys. What is saved, saving.js sends.

import { listWaiting, onWritten, save, texts } from "./saving.js";

const task = document.getElementById("task");
const ratingsUrl = `${task.dataset.url}/ratings`;
const noteUrl = `${task.dataset.url}/note`;
const criteria = [...document.querySelectorAll("fieldset.criterion")];
const turns = [...document.querySelectorAll(".turn")];
const answered = document.getElementById("answered");
const marking = document.getElementById("marking");
const evidence = new Map(
  criteria.map((one) => [one.dataset.criterion, new Set(JSON.parse(one.dataset.evidence))]),
);
let active = null;

const radios = (one) => [...one.querySelectorAll("input[type=radio]")];
const comment = (one) => one.querySelector("textarea");
const label = (one) => one.querySelector(".label").textContent;

function saveCriterion(one) {
  const chosen = radios(one).find((radio) => radio.checked)?.value;
  save(ratingsUrl, {
    criterion: one.dataset.criterion,
    value: chosen === undefined || chosen === "none" ? null : Number(chosen),
    groundless: chosen === "none",
    comment: comment(one).value,
    evidence: [...evidence.get(one.dataset.criterion)].sort((a, b) => a - b),
  });
  show();
}

function show() {
  let given = 0;
  for (const one of criteria) {
    const done = radios(one).some((radio) => radio.checked);
    given += done;
    one.classList.toggle("given", done);
    if (done) one.classList.remove("missing");
    one.classList.toggle("active", one === active);
    const chips = [...evidence.get(one.dataset.criterion)].sort((a, b) => a - b);
    one.querySelector(".chips").replaceChildren(
      ...chips.map((turn) => {
        const link = document.createElement("a");
        link.href = `#turn-${turn}`;
        link.textContent = String(turn + 1);
        return link;
      }),
    );
  }
  answered.textContent = task.dataset.answered.replace("#", String(given));
  for (const turn of turns) showTurn(turn);
}

function showTurn(turn) {
  const button = turn.querySelector(".mark");
  if (!button) return;
  button.hidden = active === null;
  if (active === null) return;
  const number = Number(turn.dataset.turn);
  const marked = evidence.get(active.dataset.criterion).has(number);
  turn.classList.toggle("evident", marked);
  button.setAttribute("aria-pressed", String(marked));
  const text = marked ? texts.marked : texts.mark;
  const says = text.replace("{turn}", String(number + 1)).replace("{criterion}", label(active));
  button.setAttribute("aria-label", says);
  button.title = says;
}

function activate(one) {
  if (one === active || one.disabled) return;
  active = one;
  marking.hidden = false;
  document.getElementById("marking-for").textContent = label(one);
  show();
}

function toggle(turn) {
  const own = evidence.get(active.dataset.criterion);
  const number = Number(turn.dataset.turn);
  if (!own.delete(number)) own.add(number);
  saveCriterion(active);
}

// The criterion itself, not one of its values: there no key but the values' own rates anything.
function focusOn(one) {
  activate(one);
  one.focus({ preventScroll: true });
  one.scrollIntoView({ block: "nearest" });
}

function step(by) {
  const at = criteria.indexOf(active) + by;
  focusOn(criteria[Math.min(Math.max(at, 0), criteria.length - 1)]);
}

function choose(key) {
  const radio = radios(active).find((one) => one.value === key);
  if (!radio || active.disabled) return;
  radio.checked = true;
  active.focus({ preventScroll: true });
  saveCriterion(active);
}

// A finished dialogue keeps a value for every criterion.
function clear() {
  if (active.disabled || task.dataset.finished !== undefined) return;
  for (const radio of radios(active)) radio.checked = false;
  saveCriterion(active);
}

// Keys rate only while a criterion has the focus: a stray one elsewhere on the page does nothing.
function onKey(event) {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const { key, target } = event;
  if (key === "Escape") focusOn(active ?? criteria[0]);
  else if (active === null || target.matches("textarea, input:not([type=radio])")) return;
  else if (target.closest("fieldset.criterion")) onCriterionKey(event);
  else if (target.closest(".turn")) walkTurns(event);
}

function onCriterionKey(event) {
  const { key } = event;
  if (/^[0-9]$/.test(key)) choose(key);
  else if (key === "x") choose("none");
  else if (key === "Delete" || key === "Backspace") clear();
  else if (key === "ArrowDown") step(1);
  else if (key === "ArrowUp") step(-1);
  else if (key === "e") turns[0].querySelector(".mark")?.focus();
  else if (key === "c") openRemark(active);
  else if (key === "?") active.querySelector(".meaning").toggleAttribute("open");
  else return;
  event.preventDefault();
}

function walkTurns(event) {
  const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!by) return;
  const at = turns.findIndex((turn) => turn.contains(event.target));
  turns[at + by]?.querySelector(".mark")?.focus();
  event.preventDefault();
}

function openRemark(one) {
  one.querySelector(".remark").open = true;
  comment(one).focus();
}

// What was changed here and is not acknowledged yet is newer than what the server sent.
function restore() {
  for (const change of listWaiting(ratingsUrl)) {
    const one = criteria.find((each) => each.dataset.criterion === change.criterion);
    if (!one) continue;
    const value = change.groundless ? "none" : String(change.value);
    for (const radio of radios(one)) radio.checked = radio.value === value;
    comment(one).value = change.comment;
    evidence.set(change.criterion, new Set(change.evidence));
  }
  const written = listWaiting(noteUrl).at(-1);
  if (written) note.value = written.text;
}

// On a phone the two parts lie one below the other: lead back to where each was left.
function rememberPlaces() {
  const parts = new Map(
    [...document.querySelectorAll(".switch a")].map((link) => [
      link,
      document.querySelector(link.hash).closest("section"),
    ]),
  );
  const left = new Map();
  for (const [link, part] of parts) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      for (const other of parts.values()) {
        const { top, bottom } = other.getBoundingClientRect();
        if (top <= innerHeight / 2 && bottom > innerHeight / 2) left.set(other, scrollY);
      }
      if (left.has(part)) scrollTo(0, left.get(part));
      else document.querySelector(link.hash).scrollIntoView();
      document.querySelector(link.hash).focus({ preventScroll: true });
    });
  }
}

// What was chosen before this script was there, nobody has heard of yet.
function findEarly() {
  return criteria
    .map((one) => radios(one).find((radio) => radio.checked && !radio.defaultChecked))
    .filter((radio) => radio !== undefined);
}

const note = document.getElementById("note");
const early = findEarly();
restore();
for (const radio of early) {
  radio.checked = true;
  saveCriterion(radio.closest("fieldset"));
}
rememberPlaces();
for (const one of criteria) {
  one.addEventListener("focusin", () => activate(one));
  one.addEventListener("click", () => activate(one));
  for (const radio of radios(one)) radio.addEventListener("change", () => saveCriterion(one));
  onWritten(comment(one), () => saveCriterion(one));
}
for (const turn of turns) {
  turn.querySelector(".mark")?.addEventListener("click", () => toggle(turn));
}
onWritten(note, () => save(noteUrl, { text: note.value }));
document.addEventListener("keydown", onKey);
const first = criteria.find((one) => one.classList.contains("missing"));
if (first) focusOn(first);
else {
  const open = criteria.find((one) => !radios(one).some((radio) => radio.checked));
  if (open) activate(open);
}
show();
