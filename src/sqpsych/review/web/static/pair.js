// The page of two texts: A, B or a tie, and why. What is saved, saving.js sends.

import { listWaiting, onWritten, save } from "./saving.js";

const url = `${document.getElementById("task").dataset.url}/choice`;
const radios = [...document.querySelectorAll("#choice input[type=radio]")];
const reason = document.getElementById("reason");

function saveChoice() {
  const side = radios.find((radio) => radio.checked)?.value ?? null;
  save(url, { side, reason: reason.value });
}

// What was chosen before this script was there, nobody has heard of yet.
const early = radios.find((radio) => radio.checked && !radio.defaultChecked);
const waiting = listWaiting(url).at(-1);
if (early) saveChoice();
else if (waiting) {
  for (const radio of radios) radio.checked = radio.value === waiting.side;
  reason.value = waiting.reason;
}
for (const radio of radios) radio.addEventListener("change", saveChoice);
onWritten(reason, saveChoice);
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.target.matches("textarea")) return;
  if (!event.target.closest(".side, #choice")) return;
  const radio = radios[Number(event.key) - 1];
  if (!radio || radio.disabled) return;
  event.preventDefault();
  radio.checked = true;
  radio.focus();
  saveChoice();
});
