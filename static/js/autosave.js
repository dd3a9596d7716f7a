// Forms that are kept as they are typed: what the server answers is shown, nothing typed is lost.
(() => {
  "use strict";

  const SECONDS = 8;
  const saving = (element) => element.closest?.("[data-autosave]");
  const lost = () => document.getElementById("connection");
  const stateOf = (form) => form.querySelector(".save-state");

  // ---- what is typed and not kept yet ----------------------------------------------------------
  // Changes are numbered: «unkept» is the newest one, «asked» the one the server was last asked to keep.
  let changes = 0;
  const unkept = () => [...document.querySelectorAll("[data-autosave][data-unkept]")];
  const untried = () => unkept().filter((form) => form.dataset.unkept !== form.dataset.asked);

  const typed = (event) => {
    const form = saving(event.target);
    if (form && form !== event.target && event.target.name) form.dataset.unkept = String(++changes);
  };
  document.addEventListener("input", typed, true); // counted before htmx asks
  document.addEventListener("change", typed, true);

  const isKept = (form) =>
    new Promise((resolve) => {
      const answered = (event) => {
        if (event.detail.elt !== form || untried().includes(form)) return;
        document.removeEventListener("htmx:afterRequest", answered);
        resolve(event.detail.xhr.status === 200);
      };
      document.addEventListener("htmx:afterRequest", answered);
      setTimeout(resolve, SECONDS * 1000, false);
      htmx.trigger(form, "change");
    });
  const areKept = async (forms) => (await Promise.all(forms.map(isKept))).every(Boolean);

  // htmx sends the button that has the focus along with every request: a field that is kept by itself
  // while one tabs across «Remove» must not press it.
  document.addEventListener("htmx:configRequest", (event) => {
    const form = event.detail.elt;
    if (!form.matches("form[data-autosave]") || event.detail.triggeringEvent?.type === "submit") return;
    form.querySelectorAll("button[name]").forEach((button) => delete event.detail.parameters[button.name]);
  });

  const show = (forms) => stateOf(forms[0]).scrollIntoView({ block: "center" });

  // A button, a link or a suggestion pressed right after typing waits until that is kept.
  // Where it is refused the reason is shown; a link pressed once more then asks before it leads away.
  document.addEventListener("htmx:confirm", (event) => {
    if (event.detail.elt.matches("[data-autosave], input")) return;
    const first = untried().filter((form) => form !== saving(event.detail.elt));
    if (!first.length) return;
    event.preventDefault();
    areKept(first).then((kept) => kept && event.detail.issueRequest(true));
  });
  document.addEventListener(
    "submit",
    (event) => {
      const form = event.target;
      if (form.matches("[hx-post]")) return;
      const first = unkept().filter((part) => !form.contains(part));
      const isOffline = !navigator.onLine && lost();
      if (!first.length && !isOffline) {
        unkept().forEach((part) => delete part.dataset.unkept); // sent with the form
        return;
      }
      event.preventDefault();
      event.stopImmediatePropagation();
      if (isOffline) isOffline.hidden = false;
      areKept(first).then((kept) => {
        if (!kept) show(first);
        // The answer may have renewed the button.
        else if (first.length) form.requestSubmit(form.contains(event.submitter) ? event.submitter : null);
      });
    },
    true,
  );
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]:not([hx-get], [target])");
    const first = untried();
    const elsewhere = event.ctrlKey || event.metaKey || event.shiftKey || event.defaultPrevented;
    if (!link || !first.length || elsewhere || link.getAttribute("href").startsWith("#")) return;
    event.preventDefault();
    areKept(first).then((kept) => (kept ? location.assign(link.href) : show(first)));
  });
  window.addEventListener("beforeunload", (event) => {
    if (unkept().length) event.preventDefault();
  });
  window.addEventListener("online", () => unkept().forEach((form) => htmx.trigger(form, "change")));

  // ---- the keyboard's place ----------------------------------------------------------------------
  // A line that was closed gives the focus back to its button; the bar at the foot hides no field.
  document.addEventListener("htmx:load", (event) => {
    if (document.activeElement !== document.body || !event.detail.elt.matches?.(".line:not(.is-open)")) return;
    event.detail.elt.querySelector(".line-act a")?.focus({ preventScroll: true });
  });
  document.addEventListener("focusin", (event) => {
    const bar = document.querySelector(".request-bar");
    if (!bar || bar.contains(event.target) || !event.target.matches(":focus-visible")) return;
    if (getComputedStyle(bar).position !== "sticky") return;
    const place = event.target.getBoundingClientRect();
    const edge = bar.getBoundingClientRect();
    if (place.bottom > edge.top && place.top < edge.bottom) window.scrollBy({ top: place.bottom - edge.top + 24 });
  });

  // ---- what the server answers -----------------------------------------------------------------
  // A refusal carries its reasons in parts of the page: they are shown like any answer.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const status = event.detail.xhr.status;
    if ((status === 409 || status === 422) && event.detail.elt.closest("[data-autosave], .suggestions")) {
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    }
  });

  document.addEventListener("htmx:beforeRequest", (event) => {
    const form = event.detail.elt;
    if (!form.matches("[data-autosave]")) return;
    if (form.dataset.unkept) form.dataset.asked = form.dataset.unkept;
    if (form.dataset.saving) {
      stateOf(form).className = "save-state";
      stateOf(form).textContent = form.dataset.saving;
    }
  });

  const failed = (event) => {
    const form = event.detail.elt.matches("[data-autosave][data-failed]") && event.detail.elt;
    if (form) {
      stateOf(form).className = "save-state bad";
      stateOf(form).textContent = form.dataset.failed;
    } else if (lost() && event.type !== "htmx:responseError") lost().hidden = false;
  };
  document.addEventListener("htmx:sendError", failed);
  document.addEventListener("htmx:timeout", failed);
  document.addEventListener("htmx:responseError", failed);

  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.detail.elt;
    if (lost() && event.detail.xhr?.status) lost().hidden = true;
    if (!form.matches("[data-autosave]")) return;
    if (event.detail.xhr.status === 200 && form.dataset.unkept === form.dataset.asked) delete form.dataset.unkept;
    markWrong(form);
  });

  // The fields the server found wrong are marked where they stand.
  const markWrong = (form) => {
    const wrong = form.querySelector("[data-wrong]");
    if (!wrong || !form.elements) return;
    const names = wrong.dataset.wrong.trim().split(/\s+/);
    [...form.elements].forEach((field) => {
      if (!field.name || field.type === "hidden" || field.type === "submit") return;
      const isWrong = names.includes(field.name);
      field.classList.toggle("is-invalid", isWrong);
      if (isWrong) field.setAttribute("aria-invalid", "true");
      else field.removeAttribute("aria-invalid");
    });
  };
})();
