"""The text of a FHIR DiagnosticReport: its forms, its observations, its conclusion."""

from __future__ import annotations

import re
from typing import NamedTuple

from auditor.ingest import codes
from auditor.ingest.fhir_index import Index
from auditor.ingest.fhir_values import listed, pick_code, table_of, text_of
from auditor.ingest.markup import decode_base64, decode_text, html_text
from auditor.ingest.resources import Resource

_PLAIN = ("text/plain", "")
_PAGES = ("text/html", "application/xhtml+xml")
_CHARSET = re.compile(r"charset=\"?([\w.:-]+)", re.IGNORECASE)


class Text(NamedTuple):
    """A report's text; `unread`: a form is no text; `broken`: a form cannot be decoded."""

    text: str
    unread: bool = False
    broken: bool = False


def read_text(report: Resource, index: Index) -> Text:
    """The text of a report: plain text before HTML, and what neither of them says already.

    The narrative (`text.div`) is made from the other elements: it is used where there are none.
    """
    form = _read_forms(report, index)
    pieces, said = ([form.text] if form.text else []), {_words(form.text)}
    whole = _words(form.text)
    for reference in listed(report.get("result")):
        found = index.find(reference, report)
        code, _, name = found.get("code") or ("", "", "")
        text = text_of(found.get("text"))
        if (words := _words(text)) not in said and words not in whole:
            said.add(words)
            pieces.append(codes.with_heading(codes.heading_word(code, name), text))
    conclusion = text_of(report.get("conclusion"))
    if not conclusion and not pieces:
        coded = [pick_code(code)[2] for code in listed(report.get("conclusionCode"))]
        conclusion = "\n".join(text for text in coded if text)
    if not any(_words(conclusion) in words for words in said):
        pieces.append(codes.with_heading("IMPRESSION", conclusion))
    if not pieces:
        narrative = html_text(text_of(table_of(report.get("text")).get("div")))
        pieces = [narrative] if narrative else []
    return form._replace(text="\n".join(pieces))


def _words(text: str) -> str:
    return " ".join(text.split()).casefold()


def _read_forms(report: Resource, index: Index) -> Text:
    plain, pages = [], []
    unread = broken = False
    for form in map(table_of, listed(report.get("presentedForm"))):
        kind, _, more = text_of(form.get("contentType")).lower().partition(";")
        data = text_of(form.get("data"))
        if not data and form.get("url"):
            stored = index.find({"reference": form.get("url")}, report)
            data = text_of(stored.get("data"))
            kind = text_of(stored.get("contentType")).partition(";")[0] or kind
        if kind.strip() not in (*_PLAIN, *_PAGES) or not data:
            unread = True
            continue
        content = decode_base64(data)
        if content is None:
            broken = True
            continue
        charset = _CHARSET.search(more)
        text = decode_text(content, charset[1] if charset else "")
        if kind.strip() in _PAGES:
            pages.append(html_text(text))
        else:
            plain.append(text.replace("\r\n", "\n").replace("\r", "\n"))
    return Text("\n".join(plain or pages), unread, broken)
