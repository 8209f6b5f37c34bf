// Three small comforts; every page works without them.
"use strict";

// A message's progress, looked at again until it is done. The wait follows the answer's own time, so that a
// slow answer is asked for less often.
(() => {
  const region = document.querySelector("[data-live]");
  if (!region) return;
  const leastWait = 1000;
  const longestWait = 30000;
  let wait = leastWait;

  const later = () => setTimeout(look, wait);

  const show = (html) => {
    const focused = region.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
    region.innerHTML = html;
    if (focused) {
      const again = [...region.querySelectorAll("a")].find((link) => link.getAttribute("href") === focused);
      if (again) again.focus({ preventScroll: true });
    }
  };

  const ended = () => region.querySelector("[data-ended=yes]") !== null;

  const look = async () => {
    if (document.hidden) return later();
    const asked = performance.now();
    try {
      const answer = await fetch(region.dataset.live, { credentials: "same-origin" });
      if (answer.redirected) return location.reload();
      if (!answer.ok) throw new Error(String(answer.status));
      show(await answer.text());
      wait = Math.max(leastWait, 3 * (performance.now() - asked));
    } catch {
      wait = Math.min(longestWait, 2 * wait);
    }
    if (!ended()) return later();
    const announcement = document.getElementById("announcement");
    if (announcement) announcement.textContent = announcement.dataset.done;
  };

  later();
})();

// A button that has been pressed says so, and isn't pressed twice.
document.addEventListener("submit", (event) => {
  const pressed = event.submitter;
  if (!pressed || event.target.method !== "post") return;
  pressed.setAttribute("aria-busy", "true");
  // Afterwards: a disabled button would not send its own value.
  setTimeout(() => { pressed.disabled = true; });
});
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const pressed of document.querySelectorAll("button[aria-busy]")) {
    pressed.removeAttribute("aria-busy");
    pressed.disabled = false;
  }
});

// Copying, where the browser allows it.
if (navigator.clipboard) {
  for (const button of document.querySelectorAll("[data-copies]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copies).value);
      button.textContent = button.dataset.done;
    });
  }
}
for (const field of document.querySelectorAll("[data-copy]")) {
  field.addEventListener("focus", () => field.select());
}
