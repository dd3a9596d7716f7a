// The time of a training: only the fields of the chosen precision are shown.
(() => {
  "use strict";

  function settle(choice) {
    const form = choice.closest("form, [data-terms]");
    form.querySelectorAll("[data-time]").forEach((field) => {
      const box = field.closest(".mb-3, [data-time-box]") || field.parentElement;
      box.hidden = field.dataset.time !== choice.value;
    });
  }

  function settleAll(root) {
    root.querySelectorAll("[data-precision]").forEach(settle);
  }

  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-precision]")) settle(event.target);
  });
  document.addEventListener("htmx:load", (event) => settleAll(event.target));
  document.addEventListener("DOMContentLoaded", () => settleAll(document));
})();
