// Pages of one document: photos and files are gathered, put in order, and photos made smaller.
(() => {
  "use strict";

  const LONGEST = 2400;
  const SMALL = 1000000; // bytes; a photo below this is sent as it is
  const chosen = new WeakMap(); // field → its files, in order

  const size = (bytes, root) => {
    const mb = bytes / 1048576;
    const digits = mb < 9.95 ? 1 : 0;
    return `${Math.max(mb, 0.1).toLocaleString(document.documentElement.lang, { maximumFractionDigits: digits })} ${root.dataset.mb}`;
  };
  const sum = (files) => files.reduce((total, file) => total + file.size, 0);
  const tooLarge = (root) => sum(chosen.get(root) || []) > Number(root.dataset.maxBytes);
  const same = (one, other) => one.name === other.name && one.size === other.size && one.lastModified === other.lastModified;

  function show(root) {
    const files = chosen.get(root);
    const carried = new DataTransfer();
    files.forEach((file) => carried.items.add(file));
    root.querySelector("[data-scan-files]").files = carried.files;
    const list = root.querySelector("[data-scan-list]");
    const item = root.querySelector("[data-scan-item]").content;
    list.replaceChildren(
      ...files.map((file) => {
        const line = item.cloneNode(true);
        line.querySelector(".scan-name").textContent = file.name;
        line.querySelector(".scan-name").title = file.name;
        line.querySelector(".scan-size").textContent = size(file.size, root);
        line.querySelectorAll("button").forEach((button) => {
          button.setAttribute("aria-label", `${button.title}: ${file.name}`);
        });
        return line;
      }),
    );
    list.hidden = files.length === 0;
    const large = tooLarge(root) && !root.dataset.shrinking; // it may fit in a moment
    root.querySelector("[data-scan-hint]").hidden = !large;
    root.classList.toggle("scan-too-large", large);
  }

  // A photo of a phone has ten times the points a page needs; where the browser can, send fewer.
  async function smaller(file) {
    if (!file.type.startsWith("image/") || file.size < SMALL) return file;
    try {
      const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
      const scale = Math.min(1, LONGEST / Math.max(picture.width, picture.height));
      const canvas = document.createElement("canvas");
      canvas.width = Math.round(picture.width * scale);
      canvas.height = Math.round(picture.height * scale);
      const pen = canvas.getContext("2d");
      pen.fillStyle = "#fff";
      pen.fillRect(0, 0, canvas.width, canvas.height);
      pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
      picture.close();
      const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.85));
      if (!blob || blob.size >= file.size) return file;
      const name = file.name.replace(/\.\w+$/, "") + ".jpg";
      return new File([blob], name, { type: "image/jpeg", lastModified: file.lastModified });
    } catch {
      return file; // the server can do it as well
    }
  }

  async function add(root, files) {
    const known = chosen.get(root);
    const fresh = files.filter((file) => !known.some((other) => same(file, other)));
    known.push(...fresh);
    root.dataset.shrinking = "yes";
    show(root);
    for (const file of fresh) {
      const small = await smaller(file);
      const place = known.indexOf(file);
      if (small !== file && place >= 0) {
        known[place] = small;
        show(root);
      }
    }
    delete root.dataset.shrinking;
    show(root);
  }

  function ready(root) {
    if (chosen.has(root)) return;
    const input = root.querySelector("[data-scan-files]");
    chosen.set(root, []);
    root.classList.add("scan-ready");
    add(root, [...input.files]);
    root.addEventListener("change", (event) => {
      if (!event.target.matches("[data-scan-files], [data-scan-camera]")) return;
      const files = [...event.target.files];
      if (event.target.matches("[data-scan-camera]")) event.target.value = "";
      add(root, files);
    });
    root.addEventListener("click", (event) => {
      const button = event.target.closest("[data-scan-up], [data-scan-remove]");
      if (!button) return;
      const list = root.querySelector("[data-scan-list]");
      const files = chosen.get(root);
      const place = [...list.children].indexOf(button.closest("li"));
      const [file] = files.splice(place, 1);
      const up = button.matches("[data-scan-up]");
      if (up) files.splice(Math.max(0, place - 1), 0, file);
      show(root);
      const line = list.children[up ? Math.max(0, place - 1) : Math.min(place, files.length - 1)];
      (line?.querySelector(up && place > 1 ? "[data-scan-up]" : "[data-scan-remove]") || input).focus();
    });
    ["dragover", "dragleave", "drop"].forEach((kind) =>
      root.addEventListener(kind, (event) => root.classList.toggle("scan-over", event.type === "dragover")),
    );
  }

  const readyAll = (place) => place.querySelectorAll("[data-scan]").forEach(ready);
  document.addEventListener("DOMContentLoaded", () => readyAll(document));
  document.addEventListener("htmx:load", (event) => readyAll(event.detail.elt.parentElement || event.detail.elt));

  // What would be refused is not sent: what was typed stays where it is.
  document.addEventListener(
    "submit",
    (event) => {
      const root = [...event.target.querySelectorAll("[data-scan].scan-ready")].find(tooLarge);
      if (!root) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      root.querySelector("[data-scan-hint]").hidden = false;
      root.querySelector("[data-scan-hint]").focus();
    },
    true,
  );
})();
