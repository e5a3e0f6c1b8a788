"use strict";
// Filters over the flipping items. They are made here, so that a page whose scripts do not run has none.
(() => {
  const list = document.getElementById("flip-list");
  const flips = [...list.querySelectorAll(".flip")];
  const bar = document.createElement("div");
  bar.className = "filters";
  bar.setAttribute("role", "search");
  bar.setAttribute("aria-label", "Filter the flipping items");

  const labelled = (title, control) => {
    const pair = document.createElement("span");
    const label = document.createElement("label");
    control.id = `flip-${title.toLowerCase()}`;
    label.htmlFor = control.id;
    label.textContent = title;
    control.addEventListener("input", apply);
    pair.append(label, " ", control);
    bar.append(pair);
  };

  const selects = [];
  for (const [name, title] of [["model", "Model"], ["task", "Task"], ["factor", "Factor"], ["direction", "Direction"]]) {
    const levels = [...new Set(flips.map((flip) => flip.dataset[name]))];
    if (levels.length < 2) continue;
    const select = document.createElement("select");
    for (const level of ["all", ...levels]) select.append(new Option(level));
    selects.push({ name, levels, select });
    labelled(title, select);
  }
  const search = document.createElement("input");
  search.type = "search";
  labelled("Text", search);
  const shown = document.createElement("output");
  bar.append(shown);

  let texts;
  function apply() {
    const wanted = search.value.trim().toLowerCase();
    if (wanted && !texts) texts = flips.map((flip) => flip.textContent.toLowerCase());
    let count = 0;
    flips.forEach((flip, place) => {
      const fits = selects.every(
        ({ name, levels, select }) =>
          select.selectedIndex === 0 || flip.dataset[name] === levels[select.selectedIndex - 1],
      );
      flip.hidden = !fits || (wanted !== "" && !texts[place].includes(wanted));
      count += flip.hidden ? 0 : 1;
    });
    shown.textContent = `${count} of ${flips.length} shown`;
  }
  apply();
  list.before(bar);
})();
