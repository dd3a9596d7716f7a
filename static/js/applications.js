// An application being written: the earliest start is taken with one click, without a reload.
(() => {
  "use strict";

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-take-start]");
    if (!button || !button.form) return;
    const start = button.form.elements.starts_on;
    const end = button.form.elements.ends_on;
    if (!start || !end) return;
    event.preventDefault();
    start.value = button.dataset.takeStart;
    end.value = button.dataset.takeEnd;
    start.dispatchEvent(new Event("input", { bubbles: true }));
    start.focus();
  });
})();
