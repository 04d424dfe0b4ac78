// A page that the browser kept in memory is asked for again, so that "Back" shows where the survey is now and nothing earlier (P09).
addEventListener("pageshow", (event) => {
  if (event.persisted) {
    document.documentElement.hidden = true;
    location.reload();
  }
});
