"""Small facts that any report's text or order's reason gives the pathway, by patterns only.

The rules are data (`lexicon/remarks.toml` of the pipeline folder). They run on every row of an
export, so they are cheap: plain words first, patterns only where one of them stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from auditor.config.needed_words import WordedPattern
from auditor.config.remarks import RemarkRule, RemarkRules, SilenceRule
from auditor.language.facts import Remark
from auditor.language.outline import Sentence, outline

# How far from a match its side is sought, in characters.
_SIDE_REACH = 30

# Same length on both sides, so that a match can be shown as it was written.
_PLAINER = str.maketrans(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ‘’‛´`“”‐‑‒–—−",
    "abcdefghijklmnopqrstuvwxyz'''''\"\"------",
)


def find_remarks(
    rules: RemarkRules,
    text: str,
    *,
    table: str,
    kind: str,
    able: Iterable[RemarkRule] | None = None,
) -> tuple[Remark, ...]:
    """Find the remarks that a text makes.

    Args:
        rules: The pipeline's remark rules.
        text: A report's text or an order's reason, as given. The exam's description and an
            order's status words may be put on lines of their own before it.
        table: `reports` or `orders`.
        kind: Event kind of the row's procedure.
        able: The rules that may make a remark in the text (see `remark_screens`); None: all.

    Returns:
        Each (kind, value) once, with the first sentence that makes it, sorted by kind and value.
        Said of two sides, it is said of none.
    """
    tried = [rule for rule in (rules.rules if able is None else able) if _applies(rule, kind)]
    silences = [silence for silence in rules.silences if _applies(silence, kind)]
    if not tried and not silences:
        return ()
    is_order = table == "orders"
    sentences = outline(text, rules.titles, wrapped=not is_order)
    if is_order:
        sentences = tuple(Sentence(item.text, "reason") for item in sentences)
    searched = [_searched(item.text, rules.breaks) for item in sentences]
    whole = "\n".join(searched)
    tried = [rule for rule in tried if _needed(rule, whole)]

    found: dict[tuple[str, str], Remark] = {}
    for sentence, search in zip(sentences, searched, strict=True):
        for rule in tried:
            if not _needed(rule, search):
                continue  # as of most sentences
            for remark in _judged(rule, sentence, search):
                first = found.setdefault((remark.kind, remark.value), remark)
                if first.side != remark.side:
                    found[(remark.kind, remark.value)] = replace(first, side="")
    for silence in silences:
        for remark in _unsaid(silence, sentences, searched):
            found.setdefault((remark.kind, remark.value), remark)
    return tuple(found[key] for key in sorted(found))


def _searched(text: str, breaks: re.Pattern[str] | None) -> str:
    """The sentence as patterns see it: lower case, plain quotes and dashes, breaks as `;`."""
    plain = text.translate(_PLAINER)
    return plain if breaks is None else end_reach(plain, breaks)


def end_reach(text: str, breaks: re.Pattern[str]) -> str:
    """The text with a semicolon for each break, and as long as it was."""
    return breaks.sub(_semicolon, text)


def _semicolon(match: re.Match[str]) -> str:
    return ";".ljust(len(match.group()))


def _blank(match: re.Match[str]) -> str:
    """As long as what it replaces, so that places in the sentence stay the same."""
    return " " * len(match.group())


def _applies(rule: RemarkRule | SilenceRule, kind: str) -> bool:
    return not rule.events or kind in rule.events


def _needed(rule: RemarkRule, search: str) -> bool:
    return not rule.needs or any(map(search.__contains__, rule.needs))


def _judged(rule: RemarkRule, sentence: Sentence, search: str) -> Iterator[Remark]:
    """The remarks that one sentence makes by one rule."""
    if rule.sections and sentence.section not in rule.sections:
        return
    # Many sentences end here, before the look-alikes are looked for.
    if not any(item.search(search) for item in rule.patterns):
        return
    for pattern in rule.ignore:
        search = pattern.sub(_blank, search)
    if any(pattern.search(search) for pattern in rule.unless):
        return
    kind = rule.kind
    if rule.conditional and any(item.search(search) for item in rule.conditional.patterns):
        kind = rule.conditional.kind
    for pattern in rule.patterns:
        for match in pattern.finditer(search):
            side = _side(rule, match) if rule.sides else ""
            for value in _values(rule, match, sentence.text):
                yield Remark(kind, value, sentence.text, rule.id, side)


def _values(rule: RemarkRule, match: re.Match[str], written: str) -> list[str]:
    """The values that a match gives a remark."""
    if rule.written is not None:
        begin = match.start()
        found = rule.written.search(match.string, begin) or rule.written.search(match.string)
        return [written[found.start() : found.end()] if found else ""]
    if not rule.values:
        return [rule.value]
    values = _valued(rule.values, _part(rule, match))
    if rule.otherwise is None:
        return values
    return values or _valued(rule.values, match.string) or [rule.otherwise]


def _side(rule: RemarkRule, match: re.Match[str]) -> str:
    """The one side that the match names, or else the words right before or right after it."""
    text, begin, end = match.string, match.start(), match.end()
    # A word cut in two at the far end could read as a side ("l").
    before = text[max(0, begin - _SIDE_REACH) : begin]
    if begin > _SIDE_REACH:
        before = before.partition(" ")[2]
    after = text[end : end + _SIDE_REACH]
    if end + _SIDE_REACH < len(text):
        after = after.rpartition(" ")[0]
    for part in (match.group(), re.split("[;,.]", before)[-1], re.split("[;,.]", after)[0]):
        if found := _valued(rule.sides, part):
            return found[0] if len(found) == 1 else ""
    return ""


def _part(rule: RemarkRule, match: re.Match[str]) -> str:
    """The part of the sentence in which a match's values are sought."""
    group = "what" if "what" in match.re.groupindex else 0
    begin = match.start(group)
    before = match.string[max(0, begin - rule.before) : begin].rpartition(";")[2]
    return before + match.group(group)


def _valued(values: Mapping[str, WordedPattern], what: str) -> list[str]:
    """The values found in a text; each is taken out before the next is sought."""
    found = []
    for value, pattern in values.items():
        if pattern.search(what):
            found.append(value)
            what = pattern.sub(_blank, what)
    return found


def _unsaid(
    rule: SilenceRule, sentences: tuple[Sentence, ...], searched: list[str]
) -> Iterator[Remark]:
    """The remark on a text that leaves something out, with the sentence that calls for it."""
    stated: Sentence | None = None
    whole = "\n".join(searched)
    unsaid = [pattern for pattern in rule.unsaid if pattern.may_match(whole)]
    for sentence, search in zip(sentences, searched, strict=True):
        if rule.sections and sentence.section not in rule.sections:
            continue
        for pattern in rule.ignore:
            search = pattern.sub(_blank, search)
        if any(pattern.search(search) for pattern in unsaid):
            return
        if stated is None and (
            not rule.when or any(pattern.search(search) for pattern in rule.when)
        ):
            stated = sentence
    # A text of one line is a title, not a report that leaves something out.
    if stated is not None and len(sentences) > 1:
        yield Remark(rule.kind, rule.value, stated.text if rule.when else "", rule.id)
