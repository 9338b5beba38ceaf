"use strict";
// For public computers alone. Without this script a page that stays untouched goes to one that asks whether somebody is
// still there. With it the question comes on top of the page, so that nothing typed is lost, and typing is an answer.
addEventListener("load", () => {
  const soon = document.getElementById("soon");
  if (!soon) return;
  const form = soon.querySelector("form"), limit = soon.dataset.limit * 1000, warning = 60000;
  const session = form.action.split("/still-there")[0] + location.search;
  let ends = Date.now() + soon.dataset.left * 1000, touched = false, asking = false;
  window.stop(); // the page that asks is not needed
  const stay = async () => {
    if (asking) return;
    asking = true;
    touched = false;
    try {
      const answer = await fetch(form.action, { method: "POST", redirect: "manual" });
      if (answer.status === 410) location.replace(session);
      if (answer.type === "opaqueredirect") {
        ends = Date.now() + limit;
        soon.close();
      }
    } catch {} // no network: the end stays where it was
    asking = false;
  };
  form.addEventListener("submit", event => {
    event.preventDefault();
    stay();
  });
  for (const kind of ["input", "keydown", "pointerdown"]) addEventListener(kind, () => { touched = true; });
  setInterval(() => {
    const left = ends - Date.now();
    if (left <= 0) location.replace(session);
    else if (touched && left < limit - 20000) stay();
    else if (left <= warning && !soon.open) soon.showModal();
  }, 1000);
});
// The button Back after the end: some browsers keep the page as it was.
addEventListener("pageshow", event => { if (event.persisted) location.reload(); });
