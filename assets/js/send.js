// A question is sent by this script, so that a broken connection takes nothing away: what was typed stays on the page, and only there.
// The server saves a page once, whoever sends it again (its token says which page it was); an answer that was saved and whose reply
// was lost is answered, when it comes again, with the next page. Without this script the browser sends the form itself.
const form = document.querySelector("#answers");
const place = document.querySelector("[data-troth-send]");
const PATIENCE = 30_000;
// Too slow, too many at once: the same form may be taken a moment later.
const LATER = [408, 429];

if (form && place) {
  const said = document.createElement("p");
  said.className = "govuk-body troth-sending";
  said.setAttribute("role", "status");
  form.append(said);
  let sending = false;
  let native = false;

  const explain = (button) => {
    const summary = document.createElement("div");
    summary.className = "govuk-error-summary";
    summary.tabIndex = -1;
    summary.setAttribute("role", "alert");
    const title = document.createElement("h2");
    title.className = "govuk-error-summary__title";
    title.textContent = place.dataset.title;
    const words = document.createElement("p");
    words.className = "govuk-body";
    words.textContent = place.dataset.words;
    const again = document.createElement("button");
    again.type = "button";
    again.className = "govuk-button";
    again.textContent = place.dataset.again;
    again.addEventListener("click", () => form.requestSubmit(button));
    summary.append(title, words, again);
    place.replaceChildren(summary);
    summary.focus();
    summary.scrollIntoView();
  };

  form.addEventListener("submit", async (event) => {
    const button = event.submitter;
    if (native) return;
    event.preventDefault();
    if (sending) return;
    sending = true;
    const slow = setTimeout(() => (said.textContent = place.dataset.busy), 1000);
    const wanted = button?.name === "do" ? button.value : "";
    const body = new URLSearchParams(new FormData(form));
    if (wanted) body.set("do", wanted);
    const to = button?.hasAttribute("formaction") ? button.formAction : form.action;
    try {
      const answer = await fetch(to, { method: "POST", body, redirect: "manual", signal: AbortSignal.timeout(PATIENCE) });
      if (answer.type === "opaqueredirect") {
        // Saved, or for another page to say: it stands where the survey is now.
        place.replaceChildren();
        location.assign(to.replace(/page$/, ["pause", "delete"].includes(wanted) ? wanted : "page"));
        return;
      }
      if (LATER.includes(answer.status) || answer.status >= 500) throw new Error("not saved");
      // Something is to be mended, or the language changes, or the form is refused, and would be each time: nothing was saved, and the
      // browser shows the page that the form gives.
      native = true;
      form.requestSubmit(button);
    } catch {
      explain(button);
    } finally {
      clearTimeout(slow);
      said.textContent = "";
      sending = false;
    }
  });
}
