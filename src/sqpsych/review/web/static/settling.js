// The page on which the owner settles: says beside the button what went wrong, where htmx says nothing.

function tell(form, text) {
  const fault = form.querySelector(".fault");
  fault.textContent = text;
  fault.hidden = false;
}

/** What the server says; a proxy whose server is away answers with something else. */
function readMessage(xhr) {
  try {
    return JSON.parse(xhr.responseText).message;
  } catch {
    return null;
  }
}

document.body.addEventListener("htmx:responseError", ({ detail: { elt, xhr } }) => {
  tell(elt, readMessage(xhr) ?? elt.dataset.lost);
});
document.body.addEventListener("htmx:sendError", ({ detail: { elt } }) => tell(elt, elt.dataset.lost));
