"""Results as the sections of BENCHMARKS.md; what stands between the marks is written anew."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

_BEGIN, _END = "<!-- {}: made by python -m benchmarks.all -->", "<!-- end of {} -->"

PLOT = Path(__file__).parents[1] / "docs" / "growth.png"

Row = Sequence[object]


def write(path: Path, results: dict[str, Any]) -> None:
    """Put every section whose results are there between its marks.

    Raises:
        ValueError: The page lacks the marks of a section.
    """
    page = path.read_text(encoding="utf-8")
    for name, make in SECTIONS.items():
        content = make(results)
        if content:
            page = replace_section(page, name, content)
    path.write_text(page, encoding="utf-8")


def replace_section(page: str, name: str, content: str) -> str:
    """A page with other content between the marks of a section."""
    begin, end = _BEGIN.format(name), _END.format(name)
    pattern = re.compile(re.escape(begin) + ".*?" + re.escape(end), re.DOTALL)
    if not pattern.search(page):
        raise ValueError(f"the page has no marks '{begin}' and '{end}'")
    return pattern.sub(lambda _: f"{begin}\n\n{content}\n\n{end}", page)


def table(header: Row, rows: Iterable[Row]) -> str:
    """A Markdown table, all columns but the first to the right."""
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def _machine(results: dict[str, Any]) -> str:
    record = results.get("stages")
    if not record:
        return ""
    machine, corpus = record["machine"], record["corpus"]
    versions = ", ".join(f"{name} {number}" for name, number in record["versions"].items())
    return (
        f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gb']:g} GB, "
        f"{machine['system']}; {versions}. Measured {record['started']}. Corpus of stages and "
        f"side by side: {corpus['reports']:,} reports and {corpus['orders']:,} orders, "
        f"{corpus['megabytes']:,.0f} MB of {corpus['kind'].upper()}."
    )


def _stages(results: dict[str, Any]) -> str:
    if "stages" not in results:
        return ""
    measures = {one["name"]: one for one in results["stages"]["measures"]}
    floor = measures["floor"]["seconds"]
    rows = []
    for name, one in measures.items():
        whole = one["rows"] >= measures["floor"]["rows"]
        times = f"{one['seconds'] / floor:.1f}" if whole else ""
        rows.append(
            [name, f"{one['rows']:,}", f"{one['seconds']:,.1f}", _rate(one), times, _mb(one)]
        )
    header = ["what", "rows", "seconds", "rows/s", "× floor", "peak MB"]
    parts = [
        f"{name}: "
        + ", ".join(f"{part} {seconds:,.1f} s" for part, seconds in one["parts"].items())
        for name, one in measures.items()
        if one["parts"]
    ]
    more = _ratio(measures, "reading, 1 workers", "reading, 2 workers")
    most = _ratio(measures, "counting, 1 processes", "counting, 2 processes")
    workers = (
        f"\n\nTwo reading processes do {more:.2f} times the work of one; two that only count, "
        f"which is the most that this machine's cores can give, {most:.2f} times."
        if more
        else ""
    )
    return table(header, rows) + "\n\n" + "\n\n".join(parts) + workers


def _rivals(results: dict[str, Any]) -> str:
    rivals, record = results.get("rivals"), results.get("stages")
    if not rivals or not record:
        return ""
    measures = {one["name"]: one for one in record["measures"]}
    corpus = record["corpus"]
    wholes = {name: one for name, one in measures.items() if name.startswith("whole")}
    best = min(wholes.values(), key=lambda one: one["seconds"])
    ours = [
        ("this project, the whole run", corpus["reports"] / best["seconds"], None),
        ("this project without screening", measures["without screening"]["rows_per_second"], None),
        ("this project, reading alone", None, measures["reading, warm"]["rows_per_second"]),
        (
            "the same, nothing remembered",
            None,
            measures["reading, nothing remembered"]["rows_per_second"],
        ),
        (
            "floor: pyarrow reads and filters",
            corpus["reports"] / measures["floor"]["seconds"],
            None,
        ),
    ]
    theirs = [
        (f"{tool} {found['version']}", _per_second(found["any"]), _per_second(found["candidates"]))
        for tool, found in rivals.items()
    ]
    stock_any, stock_candidates = theirs[0][1], theirs[0][2]
    rows = [
        [
            name,
            *(f"{rate:,.0f}" if rate else "" for rate in (of_any, of_candidates)),
            f"{of_any / stock_any:,.1f}" if of_any else "",
            f"{of_candidates / stock_candidates:,.1f}" if of_candidates else "",
        ]
        for name, of_any, of_candidates in [*theirs, *ours]
    ]
    header = [
        "reports per second",
        "any report",
        "reports that need reading",
        "× medspaCy, any",
        "× medspaCy, that need reading",
    ]
    return table(header, rows)


def _growth(results: dict[str, Any]) -> str:
    if "growth" not in results:
        return ""
    stages = list(results["growth"][0]["stages"])
    rows = [
        [
            one["kind"].upper() if one["kind"] == "csv" else "Parquet",
            f"{one['reports']:,}",
            f"{one['megabytes']:,}",
            f"{one['cases']:,}",
            f"{one['seconds']:,.1f}",
            f"{one['reports'] / one['seconds']:,.0f}",
            f"{one['peak_mb']:,.0f}",
            *(f"{one['stages'].get(stage, 0):,.1f}" for stage in stages),
        ]
        for one in results["growth"]
    ]
    header = ["kind", "reports", "MB", "cases", "seconds", "reports/s", "peak MB"]
    header += [f"{stage} s" for stage in stages]
    plot = "![Seconds and memory against size](docs/growth.png)\n\n" if PLOT.is_file() else ""
    return plot + table(header, rows)


def _spark(results: dict[str, Any]) -> str:
    if "spark" not in results:
        return ""
    found = results["spark"]
    local = found["local"]["seconds"]
    rows = [
        [
            name,
            f"{one['seconds']:,.1f}",
            f"{one['seconds'] / local:.2f}",
            f"{one['peak_mb']:,.0f}",
            {True: "yes", False: "NO"}.get(one.get("same"), ""),
        ]
        for name, one in found.items()
        if name != "reports"
    ]
    header = ["engine", "seconds", "× local", "peak MB", "the same tables to the byte"]
    return f"{found['reports']:,} reports with orders, CSV.\n\n" + table(header, rows)


SECTIONS: dict[str, Callable[[dict[str, Any]], str]] = {
    "machine": _machine,
    "stages": _stages,
    "side by side": _rivals,
    "growth": _growth,
    "spark": _spark,
}


def _per_second(found: dict[str, float]) -> float:
    return found["texts"] / found["seconds"]


def _ratio(measures: dict[str, Any], slow: str, fast: str) -> float:
    if slow not in measures or fast not in measures:
        return 0.0
    return measures[fast]["rows_per_second"] / measures[slow]["rows_per_second"]


def _rate(one: dict[str, Any]) -> str:
    return f"{one['rows_per_second']:,.0f}" if one["rows"] else ""


def _mb(one: dict[str, Any]) -> str:
    return f"{one['peak_mb']:,.0f}" if one["peak_mb"] else "-"
