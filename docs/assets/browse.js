/* Sorting and filtering what stands on a page. Without this file every list is whole and in its own order.
   A list is `.browse`: a form `.controls`, things `[data-item]` with words in `data-<name of a control>`, and
   perhaps a table whose headings have `data-sort`. What is chosen is kept in the address. */
for (const list of document.querySelectorAll(".browse")) {
  const form = list.querySelector("form.controls");
  const items = [...list.querySelectorAll("[data-item]")];
  const body = list.querySelector("table.sortable tbody");
  const headings = body ? [...body.closest("table").querySelectorAll("th[data-sort]")] : [];
  const order = items.filter((item) => item.parentElement === body);
  const fold = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const texts = new Map();
  const textOf = (item) => {
    if (!texts.has(item)) texts.set(item, fold(`${item.textContent} ${item.dataset.also ?? ""}`));
    return texts.get(item);
  };

  const filter = () => {
    const words = fold(form.elements.text.value).split(/\s+/).filter(Boolean);
    const chosen = [...form.querySelectorAll("select:not([name=sort])")].filter((control) => control.value);
    let shown = 0;
    for (const item of items) {
      const fits =
        chosen.every(({ name, value }) => (item.dataset[name] ?? "").split(" ").includes(value)) &&
        words.every((word) => textOf(item).includes(word));
      item.hidden = !fits;
      shown += fits && item.dataset.item === "counted";
    }
    for (const group of list.querySelectorAll("[data-group]"))
      group.hidden = !group.querySelector("[data-item]:not([hidden])");
    const all = items.filter((item) => item.dataset.item === "counted").length;
    const noun = all === 1 ? form.dataset.one : form.dataset.many;
    form.querySelector("output").value = shown === all ? `${all} ${noun}` : `${shown} of ${all} ${noun}`;
    form.querySelector("[type=reset]").hidden = !words.length && !chosen.length && !form.elements.sort?.value;
  };

  const keyOf = (row, column) => {
    const cell = row.cells[column];
    return cell.dataset.key ?? fold(cell.textContent.trim());
  };
  const sort = () => {
    const [, down, name] = /^(-?)(.*)$/.exec(form.elements.sort?.value ?? "");
    for (const heading of headings) {
      if (name && heading.dataset.sort === name) heading.setAttribute("aria-sort", down ? "descending" : "ascending");
      else heading.removeAttribute("aria-sort");
    }
    const heading = headings.find((one) => one.dataset.sort === name);
    const column = heading?.cellIndex;
    const compare = (a, b) => {
      const [x, y] = [keyOf(a, column), keyOf(b, column)];
      if (x === "" || y === "") return (x === "") - (y === ""); // what is not there comes last, up or down
      const difference = "number" in heading.dataset ? x - y : x.localeCompare(y, "en", { numeric: true });
      return down ? -difference : difference;
    };
    body?.append(...(heading ? [...order].sort(compare) : order)); // stable: ties stay in the order of the page
  };

  const remember = () => {
    const address = new URL(location.href);
    const controls = [...form.querySelectorAll("input, select")];
    for (const { name } of controls) address.searchParams.delete(name); // then in the order of the form
    for (const { name, value } of controls) if (value.trim()) address.searchParams.append(name, value.trim());
    if (address.href !== location.href) history.replaceState(history.state, "", address);
  };
  const recall = () => {
    const asked = new URL(location.href).searchParams;
    for (const control of form.querySelectorAll("input, select")) {
      control.value = asked.get(control.name) ?? "";
      if (control.selectedIndex === -1) control.value = ""; // an address that asks for what is not there
    }
    filter();
    sort();
  };

  for (const heading of headings) {
    const button = document.createElement("button");
    button.type = "button";
    button.title = heading.title || "Sort";
    heading.removeAttribute("title");
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => {
      const { sort: name } = heading.dataset;
      const first = "number" in heading.dataset ? `-${name}` : name; // numbers: the largest first
      const second = first === name ? `-${name}` : name;
      const now = form.elements.sort.value;
      form.elements.sort.value = now === first ? second : now === second ? "" : first;
      sort();
      filter();
      remember();
    });
  }
  form.addEventListener("input", () => {
    filter();
    sort();
    remember();
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () =>
    setTimeout(() => {
      filter();
      sort();
      remember();
    }),
  );
  const reveal = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    if (target.closest("[data-item]")?.hidden) {
      form.reset(); // a link to what the filter hides
      filter();
      remember();
    }
    target.scrollIntoView(); // the controls have moved it
  };
  addEventListener("popstate", recall);
  addEventListener("hashchange", reveal);
  form.hidden = false;
  recall();
  reveal();
}
