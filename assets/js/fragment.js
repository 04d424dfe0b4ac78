// The letter's QR code carries the access code behind "#", which browsers do not send. It goes into the field and out of the
// address and the history at once.
const field = document.querySelector("[data-troth-fragment]");

function take() {
  const found = /^#(?:code=)?([0-9A-Za-z -]{16,24})$/.exec(location.hash.replaceAll("%20", " "));
  if (found && field) {
    history.replaceState(null, "", location.pathname + location.search);
    field.value = found[1];
  }
}

addEventListener("hashchange", take);
take();
