/** The page's look: light and dark by the reader's system, narrow and wide. */
export const STYLE = `
:root { color-scheme: light dark; --page: #f6f7f9; --card: #fff; --text: #1a1f29; --dim: #667085; --line: #e3e7ee;
  --good: #137a4b; --good-soft: #dff4e8; --bad: #c0322b; --bad-soft: #fde7e5; --warn: #b26a00; --warn-soft: #fdf0d8;
  --a: #3b6fd8; --b: #7a5bd0; --c: #0f9d94; --d: #d9822b; --e: #c4508f; --gap: #b8c0cc; }
@media (prefers-color-scheme: dark) { :root { --page: #0f1319; --card: #171d26; --text: #e8ebf0; --dim: #98a2b3; --line: #2a3342;
  --good: #58d297; --good-soft: #14352a; --bad: #ff8078; --bad-soft: #3d1d1e; --warn: #f0b455; --warn-soft: #3a2c14;
  --a: #7ea6f7; --b: #ab93f0; --c: #4fd1c7; --d: #f0a860; --e: #ec8dbd; --gap: #4d596b; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 15px/1.5 system-ui, -apple-system, 'Segoe UI', sans-serif; }
main { max-width: 880px; margin: 0 auto; padding: 24px 16px 64px; }
header { display: flex; flex-wrap: wrap; gap: 8px 14px; align-items: center; margin-bottom: 4px; }
h1 { font-size: 24px; margin: 0; letter-spacing: -0.01em; }
h2 { font-size: 16px; margin: 0 0 12px; }
.verdict { font-weight: 650; padding: 2px 12px; border-radius: 999px; }
.pass { background: var(--good-soft); color: var(--good); } .fail { background: var(--bad-soft); color: var(--bad); }
.when { color: var(--dim); margin: 0 0 16px; }
section { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 16px 18px; margin: 16px 0; }
ul { margin: 0; padding-left: 20px; } li { margin: 4px 0; overflow-wrap: anywhere; }
.said.bad { border-left: 4px solid var(--bad); } .said.warn { border-left: 4px solid var(--warn); }
.numbers { display: grid; grid-template-columns: repeat(auto-fit, minmax(120px, 1fr)); gap: 12px; margin: 16px 0; }
.numbers div { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 12px 14px; }
.numbers b { display: block; font-size: 24px; line-height: 1.2; font-variant-numeric: tabular-nums; } .numbers span { color: var(--dim); font-size: 13px; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: 7px 10px; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { font-weight: 550; } thead th { color: var(--dim); font-size: 13px; } tbody tr:last-child > * { border-bottom: 0; }
tbody th, thead tr:first-child th:first-child { text-align: left; padding-left: 0; }
thead th[colspan] { text-align: center; }
.gauge { position: relative; min-width: 104px; } .gauge b { font-weight: 600; } .gauge small { color: var(--dim); }
.gauge i { position: absolute; left: 10px; bottom: 1px; height: 3px; max-width: calc(100% - 20px); border-radius: 2px; background: var(--good); }
.gauge.near i { background: var(--warn); } .gauge.over { background: var(--bad-soft); } .gauge.over b { color: var(--bad); } .gauge.over i { background: var(--bad); }
.none { color: var(--dim); text-align: center; }
.better { color: var(--good); } .worse { color: var(--bad); font-weight: 600; } .same { color: var(--dim); }
figure { margin: 0 0 18px; } figure:last-child { margin-bottom: 0; }
figcaption { font-weight: 550; margin-bottom: 6px; display: flex; flex-wrap: wrap; gap: 4px 16px; }
svg { display: block; width: 100%; min-width: 620px; height: auto; font: 13px system-ui, sans-serif; }
svg text { fill: var(--text); } .label, .value { dominant-baseline: middle; } svg .tick { fill: var(--dim); text-anchor: middle; font-size: 12px; } svg .tick.end { text-anchor: end; }
.value { font-variant-numeric: tabular-nums; } .grid { stroke: var(--line); } .limit { stroke: var(--bad); stroke-dasharray: 5 4; stroke-width: 1.5; }
.bar.bridgeIn, .bar.bridgeOut { fill: var(--d); } .bar.stt { fill: var(--c); } .bar.endOfTurn { fill: var(--a); } .bar.llm { fill: var(--b); } .bar.tts { fill: var(--e); } .bar.between { fill: var(--gap); }
.curve { fill: none; stroke-width: 2; } .curve.p50 { stroke: var(--a); } .curve.p95 { stroke: var(--b); } .curve.mos { stroke: var(--c); } .curve.cpu { stroke: var(--d); }
.dot { stroke: var(--card); stroke-width: 1.5; } .dot.p50 { fill: var(--a); } .dot.p95 { fill: var(--b); } .dot.mos { fill: var(--c); } .dot.cpu { fill: var(--d); }
.dot.doubt { fill: var(--card); stroke: var(--dim); }
.key { color: var(--dim); font-weight: 400; font-size: 13px; } .key::before { content: ''; display: inline-block; width: 14px; height: 3px; border-radius: 2px; margin-right: 6px; vertical-align: middle; background: var(--dim); }
.key.p50::before { background: var(--a); } .key.p95::before { background: var(--b); } .key.limit::before { background: var(--bad); }
@media (max-width: 640px) { main { padding: 16px 10px 40px; } section { padding: 14px 12px; } table { font-size: 13px; } th, td { padding: 6px 5px; white-space: normal; }
  .gauge { min-width: 58px; } .gauge small { display: block; font-size: 11px; } .gauge i { left: 5px; max-width: calc(100% - 10px); } svg { min-width: 540px; } }
.hint { color: var(--dim); font-size: 13px; margin: 10px 0 0; }
`;
