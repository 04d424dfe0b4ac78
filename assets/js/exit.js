// "Exit this page": one press of the button, or the Shift key three times. The page is blank before anything else happens.
// Without this script the button is a form, or a link, that does the same a moment later.
const door = document.querySelector("[data-troth-exit]");

function leave() {
  document.documentElement.hidden = true;
  document.title = "";
  const form = door.closest("form");
  if (form) {
    // Ends the session. `keepalive` lets it finish after we have gone; the answer is a redirect that we do not follow. A browser that
    // does not know it would break the request off: there a beacon does it.
    const body = new URLSearchParams(new FormData(form));
    if ("keepalive" in Request.prototype) {
      fetch(form.action, { method: "POST", keepalive: true, redirect: "manual", body }).catch(() => {});
    } else {
      navigator.sendBeacon(form.action, body);
    }
  }
  location.replace(door.dataset.trothExit);
}

if (door) {
  let pressed = 0;
  let first = 0;
  door.querySelector("[data-troth-keys]").hidden = false;
  door.addEventListener("click", (event) => {
    event.preventDefault();
    leave();
  });
  addEventListener("keyup", (event) => {
    if (event.key !== "Shift") {
      pressed = 0;
      return;
    }
    if (pressed === 0 || event.timeStamp - first > 5000) {
      pressed = 0;
      first = event.timeStamp;
    }
    pressed += 1;
    if (pressed === 3) {
      leave();
    }
  });
}
