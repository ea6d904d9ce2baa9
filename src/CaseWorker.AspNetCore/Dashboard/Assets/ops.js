// Refreshes what the page shows, every two seconds while somebody looks. Everything else works without it.
"use strict";
(() => {
  const live = () => document.querySelector("[data-live]");
  const status = document.getElementById("live-status");
  if (!live()) return;

  // Who types, chooses or selects must not lose it.
  const isBusy = () => {
    const active = document.activeElement;
    const selection = document.getSelection();
    return (active && live().contains(active) && /^(INPUT|SELECT|TEXTAREA)$/.test(active.tagName)) ||
      (selection && !selection.isCollapsed && live().contains(selection.anchorNode));
  };
  // Where an element is found again in the new content: by its id, else by its place.
  const pathTo = (element) => {
    const path = [];
    for (let node = element; node && node !== live(); node = node.parentElement) path.unshift([...node.parentElement.children].indexOf(node));
    return path;
  };
  const at = (path) => path.reduce((node, index) => node && node.children[index], live());

  const replace = (fresh) => {
    const old = live();
    if (old.innerHTML === fresh.innerHTML) return;
    const active = old.contains(document.activeElement) ? document.activeElement : null;
    const path = active && pathTo(active);
    const href = active && active.getAttribute("href");
    const open = [...old.querySelectorAll("details[open][id]")].map((details) => details.id);
    const scrolled = [...old.querySelectorAll(".scroll")].map((box) => box.scrollLeft);
    old.replaceChildren(...document.adoptNode(fresh).childNodes);
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    live().querySelectorAll(".scroll").forEach((box, index) => { box.scrollLeft = scrolled[index] || 0; });
    if (active) {
      const same = (href && [...live().querySelectorAll("a")].find((link) => link.getAttribute("href") === href)) || at(path);
      if (same) same.focus({ preventScroll: true });
    }
  };

  const refresh = async () => {
    if (document.hidden || isBusy()) return;
    try {
      const answer = await fetch(location.href, { headers: { "X-Live": "1" } });
      if (answer.redirected) return location.reload(); // signed out meanwhile
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector("[data-live]");
      if (answer.ok && !fresh) return location.reload(); // what was watched is over
      if (!answer.ok || isBusy()) throw new Error(page.querySelector("h1")?.textContent || answer.statusText);
      replace(fresh);
      status.textContent = page.getElementById("live-status").textContent;
      status.classList.remove("stale");
    } catch (error) {
      status.classList.add("stale");
      status.textContent = status.textContent.replace(/ \(not refreshed.*/s, "") + ` (not refreshed: ${error.message})`;
    }
  };
  const next = () => setTimeout(async () => { await refresh(); next(); }, 2000);
  next();
})();
