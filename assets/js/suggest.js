// A long dropdown is searched by typing (accessible-autocomplete). Without this script it stays a dropdown.
for (const select of document.querySelectorAll("select[data-troth-suggest]")) {
  const none = select.dataset.trothSuggest;
  window.accessibleAutocomplete.enhanceSelectElement({
    selectElement: select,
    defaultValue: select.selectedOptions[0]?.value ? select.selectedOptions[0].text : "",
    showAllValues: true,
    preserveNullOptions: false,
    tNoResults: () => none,
  });
}
