// The box beside an option is seen where the option is chosen. Without this script it is always seen.
for (const choice of document.querySelectorAll("[data-aria-controls]")) {
  const box = document.getElementById(choice.dataset.ariaControls);
  if (!box) {
    continue;
  }
  const show = () => {
    box.hidden = !choice.checked;
    choice.setAttribute("aria-expanded", String(choice.checked));
  };
  choice.setAttribute("aria-controls", box.id);
  document.addEventListener("change", (event) => {
    if (event.target.name === choice.name && event.target.form === choice.form) {
      show();
      if (box.hidden) {
        box.querySelector("input").value = "";
      }
    }
  });
  show();
}
