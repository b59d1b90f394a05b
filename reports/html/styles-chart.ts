/** Lines differ by dash and width as well as by colour; areas by hatching. */
export const chartStyles = `
figure { margin: 10px 0; } svg { display: block; width: 100%; height: auto; } .wide { min-width: 760px; }
svg text { font: 11px system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif; fill: var(--text); font-variant-numeric: tabular-nums; }
svg .tick { fill: var(--muted); } svg .axis-label { fill: var(--muted); font-size: 11.5px; } svg .rowlabel, svg .panel-title { font-weight: 600; } svg .value { font-size: 11.5px; } svg .panel-title, svg .phase-label { paint-order: stroke; stroke: var(--page); stroke-width: 4px; stroke-linejoin: round; }
.grid { stroke: var(--line); stroke-width: 1; } .axis { stroke: var(--muted); stroke-width: 1; }
path { fill: none; stroke-linejoin: round; } .p50 { stroke: var(--accent); stroke-width: 1.6; } .p95 { stroke: var(--second); stroke-width: 1.2; stroke-dasharray: 4 2; }
.answered { fill: var(--accent); opacity: .3; } .unanswered { fill: url(#hatch-dense); stroke: var(--fail); stroke-width: .8; } .hatch-dense-line { stroke: var(--fail); stroke-width: 2.4; }
.w-ok { stroke: var(--accent); stroke-width: 1.6; } .w-fail { stroke: var(--fail); stroke-width: 1.6; stroke-dasharray: 6 3; } .w-unknown { stroke: var(--unsure); stroke-width: 1.8; stroke-dasharray: 1.5 2.5; }
.fault-band { fill: url(#hatch); opacity: .32; } .fault-bar { fill: url(#hatch); stroke: var(--hatch); stroke-width: 1; } .fault-plate { fill: var(--page); }
.fault-edge { stroke: var(--hatch); stroke-width: 1; stroke-dasharray: 5 3; } .hatch-line { stroke: var(--hatch); stroke-width: 2; } svg .fault-label { font-weight: 600; }
.phase-line { stroke: var(--line); stroke-width: 1; } svg .phase-label { fill: var(--muted); }
.bar { fill: var(--muted); opacity: .55; } .bar.main { fill: var(--accent); opacity: 1; } .bar-open { fill: var(--page); stroke: var(--accent); stroke-width: 1.2; stroke-dasharray: 2 1.5; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 18px; list-style: none; padding: 0; font-size: 12.5px; color: var(--muted); } .legend li { display: flex; align-items: center; gap: 6px; }
.legend i { width: 22px; height: 0; border-top: 2px solid var(--accent); } .legend .k-p95 { border-top: 2px dashed var(--second); } .legend .k-fail { border-top: 2px dashed var(--fail); } .legend .k-unknown { border-top: 2px dotted var(--unsure); }
.legend .k-answered { height: 10px; border: 0; background: var(--accent); opacity: .3; }
.legend .k-unanswered { height: 10px; border: 1px solid var(--fail); background: repeating-linear-gradient(45deg, var(--fail) 0 2px, transparent 2px 4px); }
.legend .k-fault { height: 10px; border: 1px solid var(--hatch); background: repeating-linear-gradient(-45deg, var(--hatch) 0 1.5px, transparent 1.5px 6px); }
`;
