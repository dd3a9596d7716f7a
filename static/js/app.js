/* What HTML alone cannot do. Every page works without it. */
(() => {
  "use strict";

  const token = () => document.querySelector("[name=csrfmiddlewaretoken]")?.value;

  // «/» goes to the search field, as long as nobody is typing.
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !event.ctrlKey && !event.metaKey && !event.altKey) {
      const typing = event.target.closest("input, textarea, select, [contenteditable]");
      const search = document.getElementById("search");
      if (search && !typing) {
        event.preventDefault();
        search.focus();
        search.select();
      }
    }
    if (event.key === "Escape") {
      document.querySelectorAll("details[data-drop][open]").forEach((drop) => {
        drop.open = false;
        drop.querySelector("summary").focus();
      });
    }
  });

  // A drop-down closes when one looks elsewhere.
  const closeOthers = (event) => {
    document.querySelectorAll("details[data-drop][open]").forEach((drop) => {
      if (!drop.contains(event.target)) drop.open = false;
    });
  };
  document.addEventListener("click", closeOthers);
  document.addEventListener("focusin", closeOthers);

  // A form is sent once, however impatiently its button is pressed.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches("form[data-once]")) return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "1";
    event.submitter?.setAttribute("aria-busy", "true");
  });
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-sent]").forEach((form) => {
      delete form.dataset.sent;
      form.querySelectorAll("[aria-busy]").forEach((button) => button.removeAttribute("aria-busy"));
    });
  });

  document.addEventListener("click", (event) => {
    event.target.closest("[data-close]")?.parentElement.remove();
    if (event.target.closest("[data-print]")) window.print();
    if (event.target.closest("[data-back]")) window.history.back();
  });

  // «Choose all»: a box that ticks the others of its name within its form.
  const pickers = (form, name) =>
    [...form.elements].filter((box) => box.type === "checkbox" && box.name === name && !box.disabled);
  const tell = (form, name) => {
    const boxes = pickers(form, name);
    const chosen = boxes.filter((box) => box.checked).length;
    form.querySelectorAll(`[data-pick-all="${name}"]`).forEach((all) => {
      all.checked = boxes.length > 0 && chosen === boxes.length;
      all.indeterminate = chosen > 0 && chosen < boxes.length;
    });
    form.querySelectorAll(`[data-pick-count="${name}"]`).forEach((place) => {
      place.textContent = chosen;
    });
  };
  document.addEventListener("change", (event) => {
    const box = event.target;
    if (!box.form) return;
    if (box.dataset.pickAll) {
      pickers(box.form, box.dataset.pickAll).forEach((other) => {
        other.checked = box.checked;
      });
      tell(box.form, box.dataset.pickAll);
    } else if (
      box.type === "checkbox" &&
      box.form.querySelector(`[data-pick-all="${box.name}"], [data-pick-count="${box.name}"]`)
    ) {
      tell(box.form, box.name);
    }
    // A choice that needs no button of its own: filters, columns.
    if (box.matches("[data-submit], [data-submit] *")) box.form.requestSubmit();
  });

  // htmx speaks to Django.
  document.addEventListener("htmx:configRequest", (event) => {
    if (event.detail.verb !== "get") event.detail.headers["X-CSRFToken"] = token();
  });

  const ready = (root) => {
    root.querySelectorAll("[data-close][hidden], [data-back][hidden], [data-print][hidden]").forEach((button) => {
      button.hidden = false;
    });
    root.querySelectorAll("[data-pick-all]").forEach((all) => {
      if (all.form) tell(all.form, all.dataset.pickAll);
    });
    // A field that takes the focus by itself would raise the keyboard over half of a phone.
    const place = root.querySelector("[data-focus]");
    const typed = place?.matches("input, textarea") && matchMedia("(pointer: coarse)").matches;
    (typed ? root.querySelector("[data-focus-touch]") : place)?.focus();
  };
  document.addEventListener("DOMContentLoaded", () => ready(document));
  document.addEventListener("htmx:load", (event) => ready(event.detail.elt));
})();
