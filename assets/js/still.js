// Nobody used this page for a while: it asks, and then closes itself, so that nobody else goes on in somebody's place (WCAG 2.2.1).
// The server counts too, by the cookie; without this script it alone does. Nothing is kept: two numbers, gone with the page.
const MINUTE = 60_000;
const WARNING = 5 * MINUTE;
const dialog = document.querySelector("[data-troth-still]");

if (dialog) {
  const allowed = Number(dialog.dataset.trothStill) * MINUTE;
  const status = dialog.querySelector("[data-troth-still-status]");
  let since = Date.now();
  let asking = false;

  const stay = async () => {
    asking = true;
    try {
      const answer = await fetch(dialog.dataset.stay, { method: "POST", redirect: "manual" });
      if (answer.type === "opaqueredirect") return close();
      if (answer.status !== 204) throw new Error("not reached");
      since = Date.now();
    } finally {
      asking = false;
    }
  };

  const close = async () => {
    document.documentElement.hidden = true;
    let to = dialog.dataset.away;
    try {
      // "See other" where another tab was used meanwhile: on to where the survey is.
      const answer = await fetch(to, { method: "POST", redirect: "manual" });
      if (answer.type === "opaqueredirect") to = to.replace(/away$/, "page");
    } catch {
      // Without a connection the page is gone all the same, and the server counts by itself.
    }
    location.replace(to);
  };

  // A phone that slept has not counted: the clock on the wall decides, whenever the page is looked at again.
  const look = () => {
    const left = since + allowed - Date.now();
    if (left <= 0) return close();
    if (left > WARNING) return dialog.open && dialog.close();
    if (!dialog.open && !asking) dialog.showModal();
  };

  // Whoever does something is there: the server is told, in its own steps of five minutes. What somebody did half an hour ago
  // keeps nothing open.
  const used = () => {
    if (!dialog.open && !asking && Date.now() - since > WARNING) stay().catch(() => {});
  };
  for (const sign of ["keydown", "input", "pointerdown"]) addEventListener(sign, used);
  dialog.querySelector("[data-troth-stay]").addEventListener("click", async () => {
    status.textContent = "";
    try {
      await stay();
      dialog.close();
    } catch {
      status.textContent = status.dataset.failed;
    }
  });
  // Escape says the same as the button.
  dialog.addEventListener("cancel", () => stay().catch(() => {}));
  document.addEventListener("visibilitychange", look);
  setInterval(look, MINUTE / 6);
}
