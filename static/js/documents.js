// Certificate and report: chosen photos shown at once, differences from the order marked.
(() => {
  "use strict";

  // ---- the picture, as soon as it is chosen ------------------------------------------------------
  const LONGEST = 700;
  let turn = 0;

  const drawn = async (file) => {
    try {
      const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
      const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
      const canvas = document.createElement("canvas");
      canvas.width = Math.max(1, Math.round(picture.width * scale));
      canvas.height = Math.max(1, Math.round(picture.height * scale));
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      picture.close();
      return canvas.toDataURL("image/jpeg", 0.8);
    } catch {
      return ""; // a PDF, or HEIC where the browser cannot read it: the list names it
    }
  };

  const preview = async (root) => {
    const place = document.querySelector("[data-scan-preview]");
    const input = root.querySelector("[data-scan-files]");
    if (!place || !input) return;
    const mine = ++turn;
    const pages = [];
    for (const file of [...input.files].filter((one) => one.type.startsWith("image/"))) {
      const source = await drawn(file);
      if (source) pages.push(source);
    }
    if (mine !== turn) return; // chosen anew meanwhile
    place.replaceChildren(
      ...pages.map((source, number) => {
        const image = document.createElement("img");
        image.src = source;
        image.alt = `${place.dataset.alt} ${number + 1}`;
        return image;
      }),
    );
    place.hidden = pages.length === 0;
  };
  const previewSoon = (event) => {
    const root = event.target.closest?.("[data-scan]");
    if (root) setTimeout(preview, 60, root); // after scan.js has put the files in order
  };
  document.addEventListener("change", previewSoon);
  document.addEventListener("click", (event) => {
    if (event.target.closest?.("[data-scan-up], [data-scan-remove]")) {
      const root = event.target.closest("[data-scan]");
      setTimeout(preview, 60, root);
    }
  });

  // ---- what the order says -----------------------------------------------------------------------
  const plain = (text) => text.trim().replace(/\s+/g, " ").toLowerCase();
  const same = (typed, ordered) =>
    plain(typed) === plain(ordered) || (typed !== "" && Number(typed) === Number(ordered));
  const mark = (form) =>
    form.querySelectorAll("[data-by-order]").forEach((note) => {
      const field = note.closest(".form-text")?.parentElement.querySelector("input, select, textarea");
      const holder = field || note.closest("div")?.parentElement.querySelector("input, select, textarea");
      if (holder) note.classList.toggle("differs", holder.value !== "" && !same(holder.value, note.dataset.byOrder));
    });
  document.querySelectorAll(".certificate-form").forEach((form) => {
    mark(form);
    form.addEventListener("input", () => mark(form));
  });

  // ---- the report: kept when another app is opened ------------------------------------------------
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "hidden" || !window.htmx) return;
    document.querySelectorAll("[data-autosave][data-unkept]").forEach((form) => htmx.trigger(form, "change"));
  });
  document.addEventListener("click", (event) => {
    // Their version is loaded on purpose: what was typed here is given up.
    if (!event.target.closest("[data-take-theirs]")) return;
    document.querySelectorAll("[data-autosave]").forEach((form) => delete form.dataset.unkept);
  }, true);
})();
