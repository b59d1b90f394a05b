/** What only the page of an active group draws. */
export const groupStyles = `
.group-chart .fault-band, .group-chart .fault-bar { fill: url(#hatch-group); } .lag-chart .fault-band, .lag-chart .fault-bar { fill: url(#hatch-lag); }
.m-used { stroke: var(--accent); stroke-width: 1.8; } .m-rss { stroke: var(--second); stroke-width: 1.2; stroke-dasharray: 4 2; } .m-max { stroke: var(--text); stroke-width: 1.3; stroke-dasharray: 10 3 2 3; }
.mark-line { stroke: var(--text); stroke-width: 1; stroke-dasharray: 2 2; } svg .mark-label { font-weight: 600; paint-order: stroke; stroke: var(--page); stroke-width: 4px; stroke-linejoin: round; }
.legend .k-max { border-top: 2px dashed var(--text); }
`;
