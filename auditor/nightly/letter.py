"""How a night went, in the words of a mail: plain text and HTML. Counts and names of files only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path

from auditor.nightly.history import DONE, FAILED, NOTHING_NEW, REHEARSED, STOPPED, Night
from auditor.nightly.outputs import Outputs
from auditor.workbook.outputs import WORKBOOK_FILE

TEXT_FILE, HTML_FILE = "night.txt", "night.html"

_OUTCOMES = {
    DONE: "done",
    NOTHING_NEW: "nothing new",
    STOPPED: "STOPPED by a check",
    FAILED: "FAILED",
    REHEARSED: "rehearsed, nothing was written",
}
_COUNTS = (
    ("files", "Files read"),
    ("files_waiting", "Files not yet whole, left for the next night"),
    ("rows_in", "Rows read"),
    ("rows_set_aside", "Rows set aside"),
    ("rows_new", "Rows not seen before"),
    ("cases", "Cases"),
    ("cases_new", "New cases"),
    ("flags_new", "New flags"),
)


@dataclass(frozen=True, slots=True)
class Letter:
    """A subject, and a body in two forms."""

    subject: str
    text: str
    html: str


def write_letter(night: Night, outputs: Outputs, *, site: str) -> Letter:
    """Put a night into words, without identifiers."""
    subject = f"Night of {night.date}{f', {site}' if site else ''}: {_OUTCOMES[night.outcome]}"
    if any(gate.outcome == "warn" for gate in night.gates) and night.outcome == DONE:
        subject += ", with warnings"
    said = list(_sentences(night))
    rows = list(_rows(night))
    where = list(_places(night, outputs))
    text = "\n".join(
        [subject, "", *said, *([""] if said else [])]
        + [f"{name + ':':<46}{value:>12}" for name, value in rows]
        + ["", *where, ""]
    )
    return Letter(subject, text, _html(subject, said, rows, where))


def _sentences(night: Night) -> Iterator[str]:
    if night.said:
        yield night.said
    for gate in night.gates:
        if gate.said and gate.said not in night.said:
            yield f"{'Stopped' if gate.outcome == 'stop' else 'Warning'} ({gate.name}): {gate.said}"
    for name, feed in sorted(night.feeds.items()):
        for file in feed.waiting:
            yield f"Feed {name}: {file}."


def _rows(night: Night) -> Iterator[tuple[str, str]]:
    yield "Took (seconds)", f"{night.seconds:,.1f}"
    if night.as_of:
        yield "Judged as of", night.as_of
    for key, name in _COUNTS:
        if key in night.counts:
            yield name, f"{night.counts[key]:,}"


def _places(night: Night, outputs: Outputs) -> Iterator[str]:
    workbook = outputs.latest / WORKBOOK_FILE
    if night.outcome == DONE:
        yield f"Workbook: {workbook}"
        yield f"Kept as: {outputs.root / night.folder}"
    elif night.outcome == NOTHING_NEW and not night.said:
        yield f"Workbook, as it was: {workbook}"
    elif night.outcome != REHEARSED and workbook.exists():
        yield f"Workbook of an earlier night, marked as old where it could be: {workbook}"


def _html(subject: str, said: list[str], rows: list[tuple[str, str]], where: list[str]) -> str:
    cells = "".join(
        f"<tr><td>{escape(name)}</td><td align='right'>{escape(value)}</td></tr>\n"
        for name, value in rows
    )
    paragraphs = "".join(f"<p><b>{escape(item)}</b></p>\n" for item in said)
    places = "".join(f"<p>{escape(item)}</p>\n" for item in where)
    return (
        f"<!DOCTYPE html>\n<html lang='en'><head><meta charset='utf-8'>"
        f"<title>{escape(subject)}</title></head>\n<body>\n<h1>{escape(subject)}</h1>\n"
        f"{paragraphs}<table cellpadding='3'>\n{cells}</table>\n{places}</body></html>\n"
    )


def letter_paths(outputs: Outputs) -> tuple[Path, Path]:
    """Where the two bodies are written: text, HTML."""
    return outputs.root / TEXT_FILE, outputs.root / HTML_FILE
