// Courtesies of the forms; each page works without them.

// What is wrong, or whether an answer is right, is where the reader begins.
document.querySelector(".govuk-error-summary, .troth-sure")?.focus();

// "None of these", "Don't know" and "Prefer not to say" stand alone: choosing one clears the rest, and the other way round.
function alone(box, others) {
  for (const other of others) {
    if (other !== box) {
      other.checked = false;
    }
  }
}

document.addEventListener("change", (event) => {
  const box = event.target;
  if (!(box instanceof HTMLInputElement) || box.type !== "checkbox" || !box.checked) {
    return;
  }
  const group = [...box.form.querySelectorAll("input[type=checkbox]")].filter((other) => other.name === box.name);
  if (box.dataset.behaviour === "exclusive") {
    alone(box, group);
  } else {
    alone(box, group.filter((other) => other.dataset.behaviour === "exclusive"));
  }
});

// A typed answer and "Don't know" are one or the other.
document.addEventListener("input", (event) => {
  const field = event.target;
  if (field.value && field.form && field.type !== "checkbox" && field.type !== "radio") {
    alone(null, [...field.form.querySelectorAll("input[type=checkbox]")].filter((box) => box.name === `${field.name}-missing`));
  }
});

// A form goes once: a second press while the first is on its way is none. It can go again where somebody comes back to the page, or
// nothing came of it for a while. What a script sends, it counts itself; what opens beside the page leaves it as it is.
const WHILE = 10_000;
const going = new Set();

addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.hasAttribute("target")) {
    return;
  }
  if (going.has(form)) {
    event.preventDefault();
    return;
  }
  going.add(form);
  setTimeout(() => going.delete(form), WHILE);
});
addEventListener("pageshow", () => going.clear());
