// Sends changes to the server one after the other, and keeps them on this device until each is
// acknowledged: a change is only gone from the queue when the server has it on disk.

const texts = JSON.parse(document.body.dataset.texts);
const csrf = document.body.dataset.csrf;
const queueKey = `sqpsych-queue/${document.body.dataset.person}`;
const sign = document.getElementById("save-state");
const RETRY_MS = 3000;
/** The queue as it is, for where storage does not hold it: then it lives as long as the page. */
let memory = [];
let stored = true;
let sending = false;
/** Whether the server has refused a change: what the page shows is then not all saved. */
let refused = false;
let waiting = [];

function readQueue() {
  if (!stored) return memory;
  try {
    return JSON.parse(localStorage.getItem(queueKey) ?? "[]");
  } catch {
    return memory;
  }
}

function writeQueue(queue) {
  memory = queue;
  try {
    localStorage.setItem(queueKey, JSON.stringify(queue));
    stored = true;
  } catch {
    stored = false;
  }
}

function makeEvent() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function tell(state, more = "") {
  sign.dataset.state = state;
  sign.textContent = texts[state] + more;
}

/** What is not acknowledged yet for one address, oldest first. */
export function listWaiting(url) {
  return readQueue().filter((change) => change.url === url).map((change) => change.body);
}

/** Puts a change into the queue and sends it. */
export function save(url, body) {
  writeQueue([...readQueue(), { url, body: { event: makeEvent(), ...body } }]);
  send();
}

/** Resolves when everything is acknowledged; rejects where the server has refused a change. */
export function settle() {
  if (!readQueue().length) return Promise.resolve();
  send();
  return new Promise((resolve, reject) => waiting.push({ resolve, reject }));
}

async function send() {
  if (sending) return;
  sending = true;
  try {
    for (let queue = readQueue(); queue.length; queue = readQueue()) {
      tell("saving");
      const [first] = queue;
      const answer = await post(first);
      if (answer === null || answer.status >= 500) {
        tell("lost");
        setTimeout(send, RETRY_MS);
        return;
      }
      if (answer.status === 401 || answer.status === 403) {
        tell("out");
        return;
      }
      writeQueue(readQueue().filter((change) => change.body.event !== first.body.event));
      if (!answer.ok) refused = true;
    }
    tellEnd();
    const all = waiting;
    waiting = [];
    for (const { resolve, reject } of all) refused ? reject() : resolve();
  } finally {
    sending = false;
  }
}

function tellEnd() {
  if (refused) {
    tell("refused");
    return;
  }
  const time = new Date().toLocaleTimeString(document.documentElement.lang, {
    hour: "2-digit",
    minute: "2-digit",
  });
  tell("saved", `, ${time}`);
}

async function post(change) {
  try {
    return await fetch(change.url, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRF-Token": csrf },
      body: JSON.stringify(change.body),
      keepalive: true,
    });
  } catch {
    return null;
  }
}

// A form that ends the work on a page waits until everything before it is saved.
for (const form of document.querySelectorAll("form[data-waits]")) {
  form.addEventListener("submit", (event) => {
    document.dispatchEvent(new CustomEvent("sqpsych:flush"));
    if (!readQueue().length) return;
    event.preventDefault();
    settle().then(
      () => form.submit(),
      () => sign.scrollIntoView({ block: "nearest" }),
    );
  });
}

window.addEventListener("online", send);
window.addEventListener("pagehide", () => document.dispatchEvent(new CustomEvent("sqpsych:flush")));
if (readQueue().length) send();

/** Calls a function when someone has stopped typing into a field, or left it. */
export function onWritten(field, then) {
  let timer = null;
  const flush = () => {
    if (timer === null) return;
    clearTimeout(timer);
    timer = null;
    then();
  };
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(flush, 700);
  });
  field.addEventListener("blur", flush);
  document.addEventListener("sqpsych:flush", flush);
}

export { texts };
