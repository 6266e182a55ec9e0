// A chat with a simulated client or therapist: sends a line, and shows the answer while it is written.
// What is written first is provisional; only a line that stands enters the log, which is read aloud.

const box = document.getElementById("chat");
const csrf = document.body.dataset.csrf;
const texts = JSON.parse(box.dataset.texts);
const lines = document.getElementById("lines");
const provisional = document.getElementById("provisional");
const provisionalText = provisional.querySelector(".said");
const sign = document.getElementById("chat-state");
const form = document.getElementById("say");
const field = form.elements.text;
const again = document.getElementById("again");
const undo = document.getElementById("undo");
const send = document.getElementById("send");
let turns = Number(box.dataset.turns);
let state = { ...JSON.parse(box.dataset.state), failed: false };

function show() {
  const idle = !state.busy;
  field.disabled = !(idle && state.awaits);
  send.hidden = state.over;
  send.disabled = field.disabled;
  again.hidden = !idle || state.awaits || state.over;
  undo.disabled = !idle || turns <= start;
  for (const button of document.querySelectorAll(".ending button")) button.disabled = !idle;
  if (state.over) sign.textContent = texts.over;
}

function addTurn({ index, speaker, text, own, crisis }) {
  const item = document.createElement("li");
  item.className = `turn ${speaker}`;
  const who = document.createElement("p");
  who.className = "speaker";
  const number = document.createElement("span");
  number.className = "number";
  number.textContent = index + 1;
  who.append(number, ` ${own ? texts.you : texts.other}`);
  const said = document.createElement("p");
  said.className = "said";
  said.lang = "en";
  said.textContent = text;
  item.append(who, said);
  hideProvisional();
  lines.append(item);
  turns = index + 1;
  if (own) field.value = "";
  if (crisis) document.getElementById("crisis").hidden = false;
  keepInView();
}

/** Keeps the last lines above the field one types into, and at the end what ends the session. */
function keepInView() {
  (state.over ? box : form).scrollIntoView({ block: "end", behavior: "instant" });
}

function hideProvisional() {
  provisional.hidden = true;
  provisional.classList.remove("void");
  provisionalText.textContent = "";
}

const on = {
  turn: addTurn,
  text({ text }) {
    provisional.hidden = !text;
    provisional.classList.remove("void");
    provisionalText.textContent = `${text} …`;
    keepInView();
  },
  rejected() {
    provisional.classList.add("void");
    sign.textContent = texts.again;
  },
  failed({ message }) {
    hideProvisional();
    state.failed = true;
    sign.textContent = message;
  },
  state({ over, awaits }) {
    Object.assign(state, { over, awaits });
  },
};

function dispatch(block) {
  const event = /^event: (.*)$/m.exec(block);
  const data = /^data: (.*)$/m.exec(block);
  if (event && data) on[event[1]]?.(JSON.parse(data[1]));
}

async function read(answer) {
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  let complete = false;
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      complete ||= block.startsWith("event: state");
      dispatch(block);
    }
  }
  return complete;
}

async function post(path, body) {
  return fetch(`/chat/now/${path}`, {
    method: "POST",
    headers: {
      "Content-Type": "application/json",
      Accept: "application/json",
      "X-CSRF-Token": csrf,
    },
    body: JSON.stringify({ turns, ...body }),
  });
}

async function follow(path, body = {}) {
  Object.assign(state, { busy: true, failed: false });
  sign.textContent = texts.writing;
  show();
  let trouble = "";
  try {
    const answer = await post(path, body);
    if (answer.ok) trouble = (await read(answer)) ? "" : texts.lost;
    else trouble = answer.status === 409 ? texts.elsewhere : (await answer.json()).message;
  } catch {
    trouble = texts.lost;
  }
  state.busy = false;
  hideProvisional();
  if (trouble) sign.textContent = trouble;
  else if (!state.failed) sign.textContent = "";
  if (trouble === texts.lost) Object.assign(state, { awaits: state.awaits && turns % 2 === start });
  show();
  if (!field.disabled) field.focus({ preventScroll: true });
  keepInView();
}

/** The remainder of the number of lines by two when it is the person's turn. */
const start = box.querySelector(".provisional").classList.contains("client") ? 0 : 1;

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (state.busy || !state.awaits || !field.value.trim()) return;
  follow("lines", { text: field.value });
});
field.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    form.requestSubmit();
  }
});
again.addEventListener("click", () => follow("answers"));
undo.addEventListener("click", async () => {
  if (state.busy) return;
  const answer = await post("undo", {}).catch(() => null);
  if (answer?.ok) location.reload();
  else sign.textContent = answer ? texts.elsewhere : texts.lost;
});

// An answer is still being written for a page that is gone; it ends soon.
if (state.busy) {
  sign.textContent = texts.writing;
  setTimeout(() => location.reload(), 2000);
}
show();
if (!state.busy && !state.awaits && !state.over) follow("answers");
else if (!field.disabled && turns) field.focus();
