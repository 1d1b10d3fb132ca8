"""
How the page looks, by day and by night.
"""

from __future__ import annotations

STYLE = """
:root { color-scheme: light dark; --line: #8884; --soft: #8881; --good: #1a7f37; --bad: #c62828;
  --badly: #c6282818; --mild: #9a6700; --note: #777; }
body { font: 14px/1.45 system-ui, sans-serif; margin: 1.5rem; max-width: 110rem; }
h1 { font-size: 1.4rem; } h3 { font-size: 1rem; margin: .8rem 0 .2rem; }
h4 { font-size: .9rem; margin: .6rem 0 .3rem; }
code, pre { font: 12px/1.45 ui-monospace, monospace; white-space: pre-wrap;
  overflow-wrap: anywhere; }
pre { margin: .3rem 0; padding: .4rem .6rem; background: var(--soft); max-height: 30rem;
  overflow: auto; border-radius: 4px; }
table { border-collapse: collapse; width: 100%; }
td, th { text-align: left; vertical-align: top; padding: .15rem .6rem;
  border-bottom: 1px solid var(--line); }
.number { text-align: right; font-variant-numeric: tabular-nums; }
.note { color: var(--note); margin-left: .6em; font-size: 12px; overflow-wrap: anywhere; }
p.note { margin: 0; }
.passed, .xfailed, .cassette { color: var(--good); }
b.failed, b.error, b.rerun { color: var(--bad); } .skipped, .xpassed { color: var(--mild); }
pre.failed { background: var(--badly); border-left: 3px solid var(--bad); }
summary { cursor: pointer; }
.test { border: 1px solid var(--line); border-radius: 6px; margin: .8rem 0; padding: .5rem .8rem; }
.attempt { margin: .6rem 0; } .attempt > :not(summary) { margin-left: .8rem; }
.lanes { display: flex; gap: 1rem; overflow-x: auto; align-items: flex-start; }
.lane { flex: 1 0 22rem; max-width: 60rem; }
.turn { border-left: 2px solid var(--line); padding-left: .6rem; }
.entry { margin: .25rem 0; padding: .1rem .5rem; border-left: 3px solid var(--line); }
.user { border-color: #0969da; } .agent { border-color: #8250df; }
.command { border-color: #57606a; } .change { border-color: #bf8700; }
.approval { border-color: #bc4c00; } .tool { border-color: #1b7c83; }
.thought, .plan, .cut { color: var(--note); }
.bad { border-color: var(--bad); background: var(--badly); }
.mismatch { outline: 2px solid var(--bad); }
.added { color: var(--good); } .gone { color: var(--bad); } .place { color: var(--note); }
.wire { margin-top: .8rem; }
"""
