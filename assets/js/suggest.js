// A long dropdown is searched by typing (accessible-autocomplete). Without this script it stays a dropdown. What is sent is the option
// whose words stand in the box, whole, or nothing: nobody has chosen what a list only proposed, and who leaves the box chooses nothing.
const plain = (text) => text.trim().toLowerCase();
const filled = (words, values) => words.replace(/\{(\w+)\}/g, (_, name) => values[name]);
const holder = document.createElement("p");

function escaped(text) {
  holder.textContent = text; // the library takes what it shows for HTML
  return holder.innerHTML;
}

// The option itself, then what begins with what was typed, then what has it somewhere.
function rank(text, wanted) {
  return text === wanted ? 0 : text.startsWith(wanted) ? 1 : 2;
}

for (const select of document.querySelectorAll("select[data-troth-suggest]")) {
  const { id, name, form } = select;
  const words = select.dataset;
  const texts = [...select.options].filter((option) => option.value).map((option) => option.text);
  const waysOut = [...form.querySelectorAll("input[type=checkbox]")].filter((way) => way.name === name);
  const before = select.selectedOptions[0]?.value ? select.selectedOptions[0].text : "";
  let clearing = false;

  const choose = (text) => {
    const found = [...select.options].find((option) => option.value && plain(option.text) === plain(text));
    select.value = found ? found.value : "";
    if (text) for (const way of waysOut) way.checked = false;
  };

  window.accessibleAutocomplete.enhanceSelectElement({
    selectElement: select,
    defaultValue: before,
    autoselect: false,
    confirmOnBlur: false,
    showAllValues: true,
    onConfirm: choose,
    // Asked at each change of the box, however it came: typed, dictated, cleared.
    source: (query, show) => {
      const box = document.getElementById(id);
      if (box) choose(box.value);
      const wanted = plain(query);
      const found = clearing ? [] : texts.filter((text) => plain(text).includes(wanted));
      show(found.sort((one, other) => rank(plain(one), wanted) - rank(plain(other), wanted)));
    },
    templates: { inputValue: (text) => text ?? "", suggestion: escaped },
    inputClasses: select.classList.contains("govuk-select--error") ? "troth-suggest--error" : null,
    tNoResults: () => words.trothSuggest,
    tStatusNoResults: () => words.trothSuggest,
    tStatusResults: (n, highlighted) => `${filled(words.found, { n })} ${highlighted}`,
    tStatusSelectedOption: (answer, n, at) => filled(words.lit, { answer, n, number: at + 1 }),
    tAssistiveHint: () => words.how,
  });

  // The library says only how to use the box, and takes that away while somebody types: the hint and the error stay.
  const box = document.getElementById(id);
  const about = [select.getAttribute("aria-describedby"), `${id}__assistiveHint`].filter(Boolean).join(" ");
  const tie = () => box.getAttribute("aria-describedby") === about || box.setAttribute("aria-describedby", about);
  new MutationObserver(tie).observe(box, { attributeFilter: ["aria-describedby"] });
  tie();

  // A list that closes moves what stands below it: not before the press is over, or it would meet something else.
  const around = box.parentElement;
  addEventListener("mousedown", (event) => {
    if (document.activeElement !== box || around.contains(event.target) || !around.querySelector(".autocomplete__menu--visible")) return;
    event.preventDefault();
    addEventListener("mouseup", () => setTimeout(() => box.blur()), { once: true });
  });

  // A way out and an answer are one or the other.
  for (const way of waysOut) {
    way.addEventListener("change", () => {
      if (!way.checked || !box.value) return;
      clearing = true;
      box.value = "";
      box.dispatchEvent(new Event("input", { bubbles: true }));
      clearing = false;
      select.value = "";
    });
  }
}
