"""The plot of time and memory against size.

    PYTHON benchmarks/plot_growth.py RECORD.json PLOT.png

Runs under any Python that has matplotlib, alone.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
from matplotlib import pyplot as plt

LOOK = {"csv": ("CSV", "#0b5394", "o"), "parquet": ("Parquet", "#b45f06", "s")}


def main() -> None:
    """Draw two panels: seconds and memory of whole runs."""
    record = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    figure, (seconds, memory) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    for kind, (label, colour, mark) in LOOK.items():
        runs = [one for one in record["growth"] if one["kind"] == kind]
        sizes = [one["reports"] for one in runs]
        look = {"label": label, "color": colour, "marker": mark}
        seconds.plot(sizes, [one["seconds"] for one in runs], **look)
        memory.plot(sizes, [one["peak_mb"] for one in runs], **look)
    seconds.set(xscale="log", yscale="log", title="Seconds of a whole run", xlabel="reports")
    memory.set(xscale="log", title="Peak memory of all processes, MB", xlabel="reports")
    memory.set_ylim(bottom=0)
    for panel in (seconds, memory):
        panel.grid(visible=True, which="major", color="#dddddd")
        panel.spines[["top", "right"]].set_visible(False)
        panel.legend(frameon=False)
    figure.savefig(sys.argv[2], dpi=110)


if __name__ == "__main__":
    main()
