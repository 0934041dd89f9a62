"""How a report's page looks: quiet, for reading and for printing, light or dark as the reader's machine is."""

STYLE = """
:root {
  color-scheme: light dark;
  --paper: #fdfdfc; --ink: #1d2127; --quiet: #626a75; --rule: #e3e5e8; --stripe: #f5f6f7; --accent: #2b6cb0;
  --s0: #2f6fb3; --s1: #d9822b; --s2: #3a9a6d; --s3: #b0478a; --s4: #8a6fc9;
    --s5: #b3a125; --s6: #4aa3b8; --s7: #a5563c;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #15181c; --ink: #e6e8eb; --quiet: #98a1ad; --rule: #2c3138; --stripe: #1b1f24; --accent: #7fb2e8;
    --s0: #6aa6e6; --s1: #eda55d; --s2: #67c296; --s3: #dd85bb; --s4: #b19df0;
    --s5: #d9c95a; --s6: #7dcbdd; --s7: #d58d76;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
main { max-width: 66rem; margin: 0 auto; padding: 3rem 1.5rem 4rem; }
h1 { margin: 0; font-size: 1.75rem; line-height: 1.2; letter-spacing: -0.015em; text-wrap: balance; }
header p { margin: 0.5rem 0 0; max-width: 44rem; color: var(--quiet); }
figure { margin: 2rem 0 0; }
figcaption { margin: 0 0 0.5rem; font-size: 0.85rem; font-weight: 600; color: var(--quiet); }
svg { display: block; width: 100%; height: auto; overflow: visible; font: 12px system-ui, sans-serif; }
svg text { fill: var(--quiet); font-variant-numeric: tabular-nums; }
svg .y, svg .slanted { text-anchor: end; }
svg .x { text-anchor: middle; }
.grid { stroke: var(--rule); }
.zero { stroke: var(--quiet); }
svg path { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
rect.s0, circle.s0 { fill: var(--s0); } path.s0 { stroke: var(--s0); } i.s0 { background: var(--s0); }
rect.s1, circle.s1 { fill: var(--s1); } path.s1 { stroke: var(--s1); } i.s1 { background: var(--s1); }
rect.s2, circle.s2 { fill: var(--s2); } path.s2 { stroke: var(--s2); } i.s2 { background: var(--s2); }
rect.s3, circle.s3 { fill: var(--s3); } path.s3 { stroke: var(--s3); } i.s3 { background: var(--s3); }
rect.s4, circle.s4 { fill: var(--s4); } path.s4 { stroke: var(--s4); } i.s4 { background: var(--s4); }
rect.s5, circle.s5 { fill: var(--s5); } path.s5 { stroke: var(--s5); } i.s5 { background: var(--s5); }
rect.s6, circle.s6 { fill: var(--s6); } path.s6 { stroke: var(--s6); } i.s6 { background: var(--s6); }
rect.s7, circle.s7 { fill: var(--s7); } path.s7 { stroke: var(--s7); } i.s7 { background: var(--s7); }
rect:hover, circle:hover { opacity: 0.75; }
.legend {
  display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; margin: 0.75rem 0 0; padding: 0;
  list-style: none; font-size: 0.85rem; color: var(--quiet);
}
.legend i { display: inline-block; width: 0.7rem; height: 0.7rem; margin-right: 0.4rem; border-radius: 2px; }
.note { margin: 2rem 0 0; color: var(--quiet); font-size: 0.9rem; }
.rows { margin: 2rem 0 0; overflow-x: auto; }
.rows:focus-visible { outline: 2px solid var(--accent); outline-offset: 4px; }
table { border-collapse: collapse; min-width: 100%; font-size: 0.9rem; }
th {
  text-align: left; font-weight: 600; color: var(--quiet); border-bottom: 1.5px solid var(--ink);
  vertical-align: bottom;
}
th, td { padding: 0.42rem 1.25rem 0.42rem 0; }
th:last-child, td:last-child { padding-right: 0.4rem; }
th:first-child, td:first-child { padding-left: 0.4rem; }
td {
  border-bottom: 1px solid var(--rule); vertical-align: top; max-width: 36rem;
  white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: isolate;
}
tbody tr:hover { background: var(--stripe); }
.n { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.null { color: var(--quiet); opacity: 0.6; }
footer {
  margin: 2.5rem 0 0; padding: 1rem 0 0; border-top: 1px solid var(--rule); color: var(--quiet); font-size: 0.8rem;
}
footer p { margin: 0; overflow-wrap: anywhere; }
details { margin: 0.75rem 0 0; }
summary { cursor: pointer; color: var(--accent); }
pre {
  margin: 0.75rem 0 0; padding: 1rem; background: var(--stripe); border-radius: 6px; overflow-x: auto;
  color: var(--ink); font: 0.8rem/1.55 ui-monospace, "SF Mono", Menlo, Consolas, monospace; tab-size: 4;
}
@media print {
  :root {
    --paper: #fff; --ink: #000; --quiet: #444; --rule: #ccc; --stripe: #f4f4f4;
    --s0: #2f6fb3; --s1: #d9822b; --s2: #3a9a6d; --s3: #b0478a; --s4: #8a6fc9;
    --s5: #b3a125; --s6: #4aa3b8; --s7: #a5563c;
  }
  main { max-width: none; padding: 0; }
  .rows { overflow: visible; }
  tr, figure { break-inside: avoid; }
  thead { display: table-header-group; }
  rect, circle, i { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
"""
