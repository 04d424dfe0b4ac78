// The claim secret, the blinding and the unblinding happen here and nowhere else: the server sees two blinded numbers.
import { newSecret, showSecret, beginTicket, finishTicket, showTicket } from "./ticket.js";

const PURPOSES = ["voucher", "interview"];
const place = document.querySelector("[data-troth-finish]");
const form = document.querySelector("[data-troth-send]");

if (place && form && globalThis.crypto?.subtle) {
  const issuers = JSON.parse(place.dataset.issuers);
  const status = place.querySelector("[data-troth-status]");
  const secret = newSecret();
  const begun = {};
  let sent = false;

  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const text = (data) => btoa(String.fromCharCode(...data));

  place.querySelector("[data-troth-words]").textContent = showSecret(secret);
  place.hidden = false;

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (sent) return;
    sent = true;
    try {
      for (const purpose of PURPOSES) {
        begun[purpose] ??= await beginTicket(secret, purpose, issuers.study, bytes(issuers[purpose]));
      }
      const body = new URLSearchParams(PURPOSES.map((purpose) => [purpose, text(begun[purpose].blinded)]));
      const answer = await fetch(form.action, { method: "POST", body, redirect: "error" });
      if (answer.status === 409) return location.replace(location.pathname);
      if (!answer.ok) throw new Error("not signed");
      const signed = await answer.json();
      const tickets = document.querySelector("[data-troth-tickets]").content.cloneNode(true);
      tickets.querySelector("[data-troth-words]").textContent = showSecret(secret);
      for (const purpose of PURPOSES) {
        const ticket = await finishTicket(begun[purpose], bytes(signed[purpose]));
        tickets.querySelector(`[data-troth-ticket="${purpose}"]`).value = showTicket(ticket);
      }
      // The tickets stand on this page and nowhere else: what would lead away from it opens beside it, and the language stays.
      document.querySelector("[data-troth-switch]")?.remove();
      document.querySelector(".troth-exit__support")?.setAttribute("target", "_blank");
      const main = document.querySelector("main");
      main.replaceChildren(tickets);
      main.focus();
    } catch {
      sent = false;
      status.textContent = place.dataset.again;
    }
  });
}
