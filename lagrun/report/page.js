// Makes the tables sortable and filterable (DataTables), and draws a run's curve when its row is opened (BokehJS).
const { DataTable } = globalThis;

const curves = JSON.parse(document.getElementById("curves").textContent);
const picture = document.getElementById("picture").textContent;

function sortable(table, options) {
  const made = new DataTable(table, {
    autoWidth: false,
    order: [], // as written: in the order of the sweep
    columnControl: [{ target: 1, content: [{ extend: "search", placeholder: "filter" }] }],
    columnDefs: [{ targets: [".opens", ".folder"], columnControl: [{ target: 1, content: [] }] }],
    language: { search: "Search all columns:" },
    ...options,
  });
  const scrolled = made.table().container().querySelector(".dt-layout-table > div");
  scrolled.tabIndex = 0; // what scrolls has to be reached by keyboard
  scrolled.setAttribute("role", "region");
  scrolled.setAttribute("aria-label", `${table.closest("section").querySelector("h2").textContent}, the table`);
  made.columns().every(function () {
    const name = this.header(0).textContent.trim().replace(/\s+/g, " ");
    const cell = this.header(1);
    cell.querySelector("input")?.setAttribute("aria-label", `Filter ${name}`);
    cell.querySelector("select")?.setAttribute("aria-label", `How to filter ${name}`);
  });
  return made;
}

sortable(document.querySelector("table.summary"), {
  paging: false,
  layout: { topStart: "search", topEnd: null, bottomStart: null, bottomEnd: null },
});

const runs = sortable(document.querySelector("table.runs"), {
  lengthMenu: [10, 25, 100, { label: "all", value: -1 }],
  pageLength: 25,
  layout: { topStart: "search", topEnd: "pageLength", bottomStart: "info", bottomEnd: "paging" },
});

async function draw(detail, curve) {
  const views = await Bokeh.embed.embed_item(JSON.parse(picture), detail.querySelector(".plot"));
  const { document: drawn } = [...views][0].model;
  const data = curves.columns.map((name, i) => [name, curve.points[i].map((value) => value ?? NaN)]);
  drawn.get_model_by_name(curves.source).data = Object.fromEntries(data);
  if (curve.solved !== null) {
    for (const line of [...drawn._all_models.values()].filter((model) => model.name === curves.solved_at)) {
      line.location = curve.solved;
      line.visible = true;
    }
  }
}

function open(button, row) {
  const curve = curves.runs[button.dataset.run];
  const detail = document.getElementById("detail").content.cloneNode(true).firstElementChild;
  detail.id = `run-${button.dataset.run}`;
  const [title, words] = detail.querySelectorAll("figcaption > *");
  title.textContent = `${button.getAttribute("aria-label")}.`;
  const solved = curve.solved === null ? "" : `Solved at sequence ${curve.solved.toLocaleString("en")}, the vertical line. `;
  words.textContent = solved + curve.words;
  detail.querySelector("figcaption a").href = `${row.node().querySelector(".folder a").getAttribute("href")}curve.csv.gz`;
  row.child(detail, "detail").show();
  button.setAttribute("aria-controls", detail.id);
  draw(detail, curve);
}

runs.rows().every(function () {
  const button = this.node().querySelector("button");
  if (!button) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    const isOpen = this.child.isShown();
    if (isOpen) this.child.remove();
    else open(button, this);
    button.setAttribute("aria-expanded", String(!isOpen));
  });
});

// A page of the table on screen, all of it on paper.
let length;
addEventListener("beforeprint", () => {
  length = runs.page.len();
  runs.page.len(-1).draw(false);
});
addEventListener("afterprint", () => runs.page.len(length).draw(false));
