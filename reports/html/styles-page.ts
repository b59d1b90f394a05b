const light = `color-scheme: light; --page: #fff; --text: #191d22; --muted: #59626c; --line: #dde1e6; --soft: #f5f6f8; --accent: #0b57a4;
  --second: #a84600; --pass: #18692f; --pass-soft: #e8f4eb; --fail: #ae1c12; --fail-soft: #fcecea; --unsure: #7a5600; --unsure-soft: #fbf2dc; --hatch: #8c6d1f;`;
const dark = `color-scheme: dark; --page: #14171b; --text: #e4e7ea; --muted: #9aa4ae; --line: #30363d; --soft: #1c2026; --accent: #6db3f8;
  --second: #f0994d; --pass: #6fcf87; --pass-soft: #162a1c; --fail: #ff8b80; --fail-soft: #351a18; --unsure: #e3b854; --unsure-soft: #2f2614; --hatch: #c2a14d;`;

/** Typography, tables and banner. Light is the default and the only look of paper. */
export const pageStyles = `
:root { ${light} }
@media screen and (prefers-color-scheme: dark) { :root { ${dark} } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0 auto; max-width: 1140px; padding: 28px 24px 48px; background: var(--page); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; font-variant-numeric: tabular-nums; overflow-wrap: break-word; }
code, pre, .code { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace; font-size: .86em; }
pre { background: var(--soft); border: 1px solid var(--line); border-radius: 4px; padding: 10px 14px; overflow-x: auto; }
a { color: var(--accent); }
.skip { position: absolute; left: -9999px; } .skip:focus { left: 8px; top: 8px; background: var(--page); padding: 6px 10px; }
h1 { font-size: 27px; line-height: 1.2; margin: 2px 0 16px; font-weight: 650; letter-spacing: -.01em; }
h2 { font-size: 19px; line-height: 1.3; margin: 0 0 12px; padding-bottom: 6px; border-bottom: 1px solid var(--line); font-weight: 650; }
h3 { font-size: 14px; margin: 18px 0 6px; font-weight: 650; }
p, ul { margin: 8px 0; } ul { padding-left: 20px; } li { margin: 3px 0; }
main section { margin-top: 40px; }
.banner { border: 1px solid var(--line); border-left: 8px solid var(--unsure); border-radius: 4px; padding: 20px 26px 18px; background: var(--unsure-soft); }
.banner.pass { border-left-color: var(--pass); background: var(--pass-soft); } .banner.fail { border-left-color: var(--fail); background: var(--fail-soft); }
.eyebrow { margin: 0; font-size: 12.5px; color: var(--muted); letter-spacing: .02em; }
.verdict { margin: 0; } .verdict .badge { font-size: 26px; padding: 3px 16px 4px; }
.figures { margin: 14px 0 0; font-size: 15px; display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 4px 18px; } .figures dd { font-weight: 600; } .reasons { margin: 8px 0 0; color: var(--muted); font-size: 14px; }
.badge { display: inline-block; white-space: nowrap; font-weight: 700; font-size: 12px; letter-spacing: .04em; padding: 1px 7px; border: 1.5px solid; border-radius: 3px; background: var(--page); }
.badge.pass { color: var(--pass); } .badge.fail { color: var(--fail); } .badge.inconclusive { color: var(--unsure); border-style: dashed; }
nav ol { display: flex; flex-wrap: wrap; gap: 2px 18px; list-style: none; padding: 0; margin: 16px 0 0; font-size: 13px; } nav li { margin: 0; }
nav a { text-decoration: none; } nav a:hover { text-decoration: underline; }
.two { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 8px 36px; align-items: start; }
.two h3 { margin-top: 6px; }
.scroll { overflow-x: auto; margin: 8px 0; } .scroll:focus-visible, a:focus-visible, summary:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
table { border-collapse: collapse; width: 100%; font-size: 13.5px; line-height: 1.4; }
caption { text-align: left; color: var(--muted); font-size: 12.5px; padding-bottom: 4px; }
th, td { text-align: left; vertical-align: top; padding: 5px 14px 5px 0; border-bottom: 1px solid var(--line); font-weight: 400; overflow-wrap: anywhere; min-width: 3.4em; } td:not(.code) { min-width: 4.4em; }
th:last-child, td:last-child { padding-right: 0; }
thead th { color: var(--muted); font-size: 12px; font-weight: 600; border-bottom: 1.5px solid var(--muted); white-space: nowrap; vertical-align: bottom; }
tbody th { font-weight: 600; min-width: 7em; overflow-wrap: anywhere; } .number { text-align: right; white-space: nowrap; } .number:first-child { width: 1%; } .number + :not(.number) { padding-left: 10px; } .nowrap { white-space: nowrap; } tbody th .muted { font-weight: 400; }
.strong > * { font-weight: 650; background: var(--soft); } .is-fail > :first-child { box-shadow: inset 3px 0 var(--fail); padding-left: 10px; }
.is-inconclusive > :first-child { box-shadow: inset 3px 0 var(--unsure); padding-left: 10px; } .is-pass > :first-child { padding-left: 10px; }
.phase-skipped, .phase-never-reached, .same { color: var(--muted); } .same th { font-weight: 400; } .mark { font-weight: 700; color: var(--accent); }
.change tbody th { width: 46%; } thead .code { font: inherit; font-size: 12px; font-weight: 600; }
.muted, .note, figcaption, .cut, .nothing { color: var(--muted); } .note, figcaption, .cut { font-size: 12.5px; margin: 6px 0; } .nothing { font-style: italic; } .warn { color: var(--unsure); font-weight: 600; }
dl { margin: 0; font-size: 13.5px; } dl > div { display: grid; grid-template-columns: 150px minmax(0, 1fr); gap: 0 14px; padding: 4px 0; border-bottom: 1px solid var(--line); }
dt { color: var(--muted); overflow-wrap: anywhere; } dd { margin: 0; overflow-wrap: anywhere; } .hash { overflow-wrap: anywhere; }
details { margin: 10px 0; } summary { cursor: pointer; font-size: 13.5px; font-weight: 600; color: var(--accent); }
footer { margin-top: 48px; padding-top: 12px; border-top: 1px solid var(--line); color: var(--muted); font-size: 12.5px; overflow-wrap: anywhere; }
@media screen and (max-width: 760px) { body { padding: 14px 14px 32px; } h1 { font-size: 22px; } .banner { padding: 14px 16px; } .figures { font-size: 15px; grid-template-columns: minmax(0, 1fr); gap: 0; } .figures dd { margin-bottom: 6px; } .two { grid-template-columns: minmax(0, 1fr); }
  dl > div { grid-template-columns: 104px minmax(0, 1fr); } main > section > .scroll > table { min-width: 560px; } }
`;
