"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  document.documentElement.classList.add("js");

  // An element with texts and elements in it. Texts are never HTML: rows hold anything.
  const make = (tag, attributes, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) element.setAttribute(name, value);
    element.append(...children.flat());
    return element;
  };
  // What a browser would not show, or would let reorder a line, as its number.
  const visible = (text) =>
    String(text).replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g,
      (sign) => "\\u{" + sign.codePointAt(0).toString(16) + "}");

  // --- the part of the page that is read, in the navigation
  const links = new Map([...document.querySelectorAll("nav a")].map((link) => [link.hash.slice(1), link]));
  if ("IntersectionObserver" in window) {
    const watcher = new IntersectionObserver((entries) => {
      for (const entry of entries) {
        if (!entry.isIntersecting) continue;
        for (const link of links.values()) link.removeAttribute("aria-current");
        const link = links.get(entry.target.id);
        link.setAttribute("aria-current", "true");
        const bar = link.closest("ul");
        if (bar.scrollWidth > bar.clientWidth) bar.scrollLeft = link.offsetLeft - bar.clientWidth / 2;
      }
    }, { rootMargin: "-20% 0px -70% 0px" });
    for (const id of links.keys()) if (byId(id)) watcher.observe(byId(id));
  }

  // --- crates
  const search = byId("crate-search");
  if (search) {
    const lines = [...document.querySelectorAll(".crates > li")];
    const narrow = () => {
      const words = search.value.trim().toLowerCase(), refused = byId("crate-refused").checked;
      let shown = 0;
      for (const line of lines) {
        line.hidden = (refused && line.dataset.verdict === "accepted") || !line.firstElementChild.firstElementChild.textContent.toLowerCase().includes(words);
        shown += !line.hidden;
      }
      byId("crate-none").hidden = shown > 0;
    };
    search.addEventListener("input", narrow);
    byId("crate-refused").addEventListener("change", narrow);
  }
  // A link to something that is folded away unfolds it.
  const unfold = () => {
    const target = location.hash && byId(decodeURIComponent(location.hash.slice(1)));
    if (target && target.tagName === "DETAILS") {
      target.open = true;
      if (target.parentElement.hidden) target.parentElement.hidden = false;
      target.scrollIntoView();
    }
  };
  window.addEventListener("hashchange", unfold);
  unfold();

  // --- Rust and rustc in colours
  const RUST = /(\/\/[^\n]*|\/\*[\s\S]*?\*\/)|((?:br?|c|r)?#*"(?:[^"\\]|\\[\s\S])*"#*|b?'(?:[^'\\\n]|\\(?:u\{[^}]*\}|x..|.))')|('[A-Za-z_]\w*)|\b(as|async|await|break|const|continue|crate|dyn|else|enum|extern|false|fn|for|if|impl|in|let|loop|match|mod|move|mut|pub|ref|return|self|Self|static|struct|super|trait|true|type|unsafe|use|where|while|yield)\b|\b(\d[\w.]*\b|0x[\da-fA-F_]+)|\b([A-Z]\w*)|\b(\w+!)(?!=)/g;
  const CLASSES = ["", "comment", "string", "lifetime", "keyword", "number", "type", "macro"];
  const rust = (text) => {
    const parts = [];
    let at = 0;
    for (const match of text.matchAll(RUST)) {
      const group = match.findIndex((value, place) => place > 0 && value !== undefined);
      parts.push(visible(text.slice(at, match.index)), make("span", { class: CLASSES[group] }, visible(match[0])));
      at = match.index + match[0].length;
    }
    parts.push(visible(text.slice(at)));
    return parts;
  };
  const DIAGNOSTIC = /^(error(?:\[E\d+\])?|warning|note|help)(?=:)|^(\s*(?:-->|:::)[^\n]*)|^(\s*\d*\s*\|)|^(\s*= (?:note|help))|(\^+(?: [^\n]*)?)|(-{2,}(?: [^\n]*)?)/gm;
  const diagnostic = (text) => {
    const parts = [];
    let at = 0;
    for (const match of text.matchAll(DIAGNOSTIC)) {
      const kind = match[1] ? (match[1].startsWith("error") ? "d-error" : match[1] === "help" ? "d-help" : "d-warn")
        : match[4] ? "d-help" : match[5] ? "d-error" : "d-rail";
      parts.push(visible(text.slice(at, match.index)), make("span", { class: kind }, visible(match[0])));
      at = match.index + match[0].length;
    }
    parts.push(visible(text.slice(at)));
    return parts;
  };
  const block = (children, label, extra = "") => make("pre", { tabindex: "0", role: "region", "aria-label": label, class: extra }, make("code", {}, children));
  const isDiagnostic = (text) => /^(error|warning)(\[E\d+\])?:/m.test(text) && /-->|\^/.test(text);
  // Text with code spans.
  const prose = (text) => text.split(/(`[^`\n]+`)/).map((part, at) => at % 2 ? make("code", {}, visible(part.slice(1, -1))) : visible(part));
  // Prose and fenced code.
  const marked = (text, label) => {
    const found = [];
    text.split(/^(```[^\n]*\n[\s\S]*?^```[^\n]*$)/m).forEach((part) => {
      const fenced = part.match(/^```[^\n]*\n([\s\S]*?)\n?^```[^\n]*$/m);
      if (fenced) found.push(block(isDiagnostic(fenced[1]) ? diagnostic(fenced[1]) : rust(fenced[1]), label + ", code"));
      else if (part.trim()) found.push(make("div", { class: "prose" }, prose(part.trim())));
    });
    return found;
  };

  // --- the difference of two texts, by lines, and inside of changed lines
  // A method is indented in its file and not in the answer: the lines behind the first one move to the left.
  const aligned = (before, after) => {
    const least = (text) => Math.min(...text.split("\n").slice(1).filter((line) => line.trim()).map((line) => line.length - line.trimStart().length));
    const by = least(before) - least(after);
    return by > 0 && Number.isFinite(by) ? before.replaceAll("\n" + " ".repeat(by), "\n") : before;
  };
  const difference = (before, after) => {
    const a = before.split("\n"), b = after.split("\n"), n = a.length, m = b.length;
    const best = Array.from({ length: n + 1 }, () => new Uint16Array(m + 1));
    for (let i = n - 1; i >= 0; i--)
      for (let j = m - 1; j >= 0; j--) best[i][j] = a[i] === b[j] ? best[i + 1][j + 1] + 1 : Math.max(best[i + 1][j], best[i][j + 1]);
    const lines = [];
    let i = 0, j = 0, gone = [], come = [];
    const flush = () => {
      const paired = gone.length === come.length;
      gone.forEach((line, at) => lines.push(["del", line, paired ? come[at] : null]));
      come.forEach((line, at) => lines.push(["ins", line, paired ? gone[at] : null]));
      gone = []; come = [];
    };
    while (i < n || j < m) {
      if (i < n && j < m && a[i] === b[j]) { flush(); lines.push(["same", a[i], null]); i++; j++; }
      else if (j >= m || (i < n && best[i + 1][j] >= best[i][j + 1])) gone.push(a[i++]);
      else come.push(b[j++]);
    }
    flush();
    return lines.map(([kind, line, other]) => {
      const sign = { del: "- ", ins: "+ ", same: "  " }[kind];
      let parts = [visible(line)];
      if (other !== null && other !== line) {
        let head = 0, tail = 0;
        while (head < Math.min(line.length, other.length) && line[head] === other[head]) head++;
        while (tail < Math.min(line.length, other.length) - head && line[line.length - 1 - tail] === other[other.length - 1 - tail]) tail++;
        const changed = line.slice(head, line.length - tail);
        if (changed.trim() && (head || tail)) parts = [visible(line.slice(0, head)), make("b", {}, visible(changed)), visible(line.slice(line.length - tail))];
      }
      return kind === "same" ? make("span", { class: "same" }, sign, parts) : make(kind, {}, sign, parts);
    });
  };

  // --- samples
  const holder = byId("sample-data");
  if (!holder) return;
  const form = byId("filters"), list = byId("list"), detail = byId("detail"), PAGE = 12;
  const KEYS = ["kind", "crate", "code", "variant", "verdict", "split", "license", "edition"];
  let rows = [], found = [], page = 0, chosen = null;

  const unpack = async () => {
    const bytes = Uint8Array.from(atob(holder.textContent), (sign) => sign.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return JSON.parse(await new Response(stream).text());
  };
  const crateOf = (row) => row.source_crate ? row.source_crate + (row.version ? "@" + row.version : "") : "";
  const value = (row, key) => ({
    kind: row.task_type, crate: crateOf(row), code: row.error_code || (row.task_type === "error_fixing" ? "syntax" : ""),
  })[key] ?? row[key] ?? "";
  const titleOf = (row) => {
    const signature = (row.gen.match(/\b(?:fn|struct|enum|trait|impl|mod|union|type|macro_rules!)[^{;\n]*/) || [])[0];
    return visible((signature || row.gen).trim().split("\n")[0].slice(0, 90)) || "(empty)";
  };

  const choices = () => {
    for (const key of KEYS) {
      const counts = new Map();
      for (const row of rows) { const each = value(row, key); if (each) counts.set(each, (counts.get(each) || 0) + 1); }
      form.elements[key].append(...[...counts].sort((one, other) => other[1] - one[1]).map(([each, count]) => make("option", { value: each }, `${visible(each)} (${count})`)));
    }
  };
  const apply = () => {
    const words = form.elements.text.value.trim().toLowerCase();
    const wanted = KEYS.map((key) => [key, form.elements[key].value]).filter(([, each]) => each);
    found = rows.filter((row) => wanted.every(([key, each]) => value(row, key) === each)
      && (!words || (row.searched ??= [row.prompt, row.gen, row.id, crateOf(row), row.source_file, row.diagnostic].join("\n").toLowerCase()).includes(words)));
    for (const key of ["license", "edition"]) form.elements[key].closest("label").classList.toggle("set", !!form.elements[key].value);
    page = 0;
    byId("found").textContent = found.length ? `${found.length.toLocaleString("en")} of ${rows.length.toLocaleString("en")} rows` : "No row matches. Clear a filter.";
    draw();
    if (found.length) show(found[0], false); else detail.replaceChildren();
  };
  const draw = () => {
    const pages = Math.max(1, Math.ceil(found.length / PAGE));
    list.replaceChildren(...found.slice(page * PAGE, (page + 1) * PAGE).map((row) => {
      const button = make("button", { type: "button" },
        make("span", { class: "title" }, titleOf(row)),
        make("span", { class: "sub" }, make("span", { class: "swatch k-" + row.task_type }), [row.task_type, row.error_code, row.source_crate].filter(Boolean).join(" · ")));
      button.addEventListener("click", () => show(row, true));
      button.row = row;
      return make("li", {}, button);
    }));
    byId("place").textContent = `${page + 1} of ${pages}`;
    byId("earlier").disabled = page === 0;
    byId("later").disabled = page >= pages - 1;
    mark();
  };
  const mark = () => {
    for (const button of list.querySelectorAll("button")) {
      if (button.row === chosen) button.setAttribute("aria-current", "true"); else button.removeAttribute("aria-current");
    }
  };
  const show = (row, moved) => {
    chosen = row;
    mark();
    const origin = [
      ["crate", crateOf(row)], ["file", row.source_file], ["bytes", row.start === undefined ? "" : `${row.start} to ${row.end}`], ["licence", row.license],
      ["edition", row.edition], ["compiler", row.rustc], ["variant", row.variant], ["repository", row.repository],
      ["commit", row.commit], ["checksum of the .crate", row.sha256], ["source", row.source === "crates" ? "" : row.source],
    ].filter(([, text]) => text);
    const parts = [
      make("h3", {}, titleOf(row)),
      make("p", {}, [row.task_type, row.split, row.verdict, row.error_code, row.unsafe ? "unsafe" : "", row.clippy ? row.clippy === 1 ? "1 clippy warning" : `${row.clippy} clippy warnings` : ""]
        .filter(Boolean).map((text) => make("span", { class: "tag" }, visible(text)))),
      make("h4", {}, "Prompt"), ...marked(row.prompt, "Prompt"),
      make("h4", {}, "Answer"),
      ...(row.task_type === "explanations" ? [make("div", { class: "prose" }, prose(row.gen))] : [block(rust(row.gen), "Answer")]),
    ];
    if (row.before && row.before !== row.gen && row.before.length + row.gen.length < 60000 && row.task_type !== "explanations")
      parts.push(make("h4", {}, row.task_type === "error_fixing" ? "From broken to right" : "From the prompt's form to the answer"), block(difference(aligned(row.before, row.gen), row.gen), "Difference", "diff"));
    if (row.diagnostic && row.diagnostic.trim())
      parts.push(make("h4", {}, "Diagnostic"), block(diagnostic(row.diagnostic), "Diagnostic"));
    if (row.tests) parts.push(make("h4", {}, "Tests that fail without it"), make("ul", {}, row.tests.map((test) => make("li", {}, make("code", {}, visible(test))))),
      row.test_count > row.tests.length ? make("p", { class: "note" }, `and ${row.test_count - row.tests.length} more`) : "");
    parts.push(make("h4", {}, "Where it is from"), make("dl", { class: "pairs" }, origin.map(([name, text]) => make("div", {}, make("dt", {}, name), make("dd", {}, visible(text))))));
    parts.push(make("p", {}, "Compare it with its crate: ", make("code", {}, `python scripts/utilities/trace.py --id ${visible(row.id)}`)));
    detail.replaceChildren(...parts);
    if (moved) {
      history.replaceState(null, "", "#row-" + row.id);
      detail.focus({ preventScroll: true });
      if (getComputedStyle(detail.parentElement).display === "block" || detail.getBoundingClientRect().top < 0) detail.scrollIntoView();
    }
  };
  const step = (by) => { page += by; draw(); const first = list.querySelector("button"); if (first) first.focus(); };
  byId("earlier").addEventListener("click", () => step(-1));
  byId("later").addEventListener("click", () => step(1));
  list.addEventListener("keydown", (event) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    const buttons = [...list.querySelectorAll("button")];
    const next = buttons[buttons.indexOf(document.activeElement) + by];
    if (next) next.focus(); else if (by > 0 && !byId("later").disabled) step(1);
  });
  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(apply));
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-filter]");
    if (!link || !rows.length) return;
    form.reset();
    for (const [key, each] of Object.entries(JSON.parse(link.dataset.filter))) form.elements[key].value = each;
    setTimeout(apply);
  });

  unpack().then((unpacked) => {
    rows = unpacked;
    choices();
    apply();
    byId("browser").setAttribute("aria-busy", "false");
    const named = location.hash.startsWith("#row-") && rows.find((row) => "#row-" + row.id === location.hash);
    if (named) show(named, true);
  }).catch((error) => {
    byId("found").textContent = `The rows cannot be unpacked here (${error.message}). They are in results/dataset/provenance.parquet.`;
  });
})();
