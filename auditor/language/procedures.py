"""What procedure a row is about: kind, whether it qualifies, and what decided.

A row's code and its description are read apart and weighed against each other (`_weigh`); where
neither tells, the title of the report does. For reports and for order reasons the text rules then
say what only a text can tell: the site of a biopsy, a pathology specimen, a biopsy not done.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from auditor.config.procedures import Condition, ProcedureRules, Role, TextRule, key_of, plain_words
from auditor.language.facts import Procedure

# Longest title, in words: a first line beyond this is prose.
TITLE_WORDS = 14

_LIST_LABEL = re.compile(r"(?:^|(?<=\s))(?:[A-H]|\d{1,2})[.):]\s+")
_SENTENCE_END = re.compile(r"(?<=[.;!?])\s+|\n\s*\n|\n(?=\s*[A-Z][A-Za-z /]+:)")
_HEADED_LINE = re.compile(r"\s*([A-Za-z][A-Za-z ()/]{1,40}?)\s*(?::|$)\s*(.*)")
_SEVERAL_CODES = re.compile(r"[;,|^~]")
_CLAUSE_END = re.compile(r"[,.;:]|\bbut\b")


@dataclass(frozen=True, slots=True)
class _Decision:
    """The role that something gave a row; `stated`: its own words name the modality."""

    role: str
    basis: str
    rule: str
    stated: bool = False


def classify_procedure(
    rules: ProcedureRules,
    *,
    modality: str,
    code: str,
    code_system: str,
    description: str,
    title: str = "",
) -> Procedure:
    """Tell what procedure a row is about from its columns.

    Args:
        rules: The procedure rules.
        modality: The modality column, a DICOM code or a local word; may be empty.
        code: The procedure code; may be empty, and may carry modifiers.
        code_system: How the site writes its system; may be empty.
        description: The procedure's name; may be empty.
        title: The exam's name as the report's text gives it, used where the rest does not tell.
    """
    return _procedure(rules, _decide(rules, modality, code, code_system, description, title))


def classify_report(
    rules: ProcedureRules,
    *,
    modality: str,
    code: str,
    code_system: str,
    description: str,
    text: str,
) -> Procedure:
    """Like `classify_procedure`, with what the report's text adds.

    The text decides a pathology report, the site of a biopsy that the columns do not name, a
    biopsy that was not done, and the region of a study named by its modality alone.
    """
    title = exam_title(rules, text)
    decision = _decide(rules, modality, code, code_system, description, title)
    return _procedure(rules, _read_text(rules, decision, text, reads="report"))


def classify_order(
    rules: ProcedureRules,
    *,
    modality: str,
    code: str,
    code_system: str,
    description: str,
    reason: str,
) -> Procedure:
    """Like `classify_procedure`, with what the order's reason adds (site, medical renal disease)."""
    decision = _decide(rules, modality, code, code_system, description, "")
    return _procedure(rules, _read_text(rules, decision, reason, reads="reason"))


def exam_title(rules: ProcedureRules, text: str) -> str:
    """The exam's name as the text gives it: behind an exam heading, else a short first line."""
    lines = [line.strip() for line in text[:2000].splitlines() if line.strip()]
    titles = {key_of(heading) for heading in rules.settings.text.titles}
    for number, line in enumerate(lines[:12]):
        heading = _HEADED_LINE.fullmatch(line)
        if heading and key_of(heading[1]) in titles:
            return heading[2] or "".join(lines[number + 1 : number + 2])
    first = lines[0] if lines else ""
    is_prose = len(first.split()) > TITLE_WORDS or ":" in first
    return "" if is_prose else first


def _procedure(rules: ProcedureRules, decision: _Decision | None) -> Procedure:
    if decision is None:
        return Procedure(kind="unknown")
    role = rules.settings.roles[decision.role]
    return Procedure(
        kind=role.kind,
        qualifies=role.qualifies,
        coverage=role.coverage,
        condition=role.condition,
        doubt=role.doubt,
        basis=decision.basis,
        rule=decision.rule,
    )


def _decide(
    rules: ProcedureRules, modality: str, code: str, code_system: str, description: str, title: str
) -> _Decision | None:
    decision = _decide_by_columns(rules, modality, code, code_system, description)
    if title and (decision is None or _role(rules, decision).vague):
        titled = _decide_by_title(rules, modality, title)
        if titled is not None and (decision is None or not _role(rules, titled).vague):
            return titled
    return decision


# Rows are many, distinct combinations of their columns few.
@lru_cache(maxsize=65_536)
def _decide_by_columns(
    rules: ProcedureRules, modality: str, code: str, code_system: str, description: str
) -> _Decision | None:
    by_site = _find_site_entry(rules, code, code_system, description)
    if by_site is not None:
        return by_site
    system, by_code = _find_code(rules, code, code_system)
    by_words = _find_description(rules, modality, description or code)
    if by_code is None or by_words is None:
        return by_code or by_words
    return _weigh(rules, by_code, by_words, system_given=system != "")


@lru_cache(maxsize=4_096)
def _decide_by_title(rules: ProcedureRules, modality: str, title: str) -> _Decision | None:
    decision = _find_description(rules, modality, title, is_title=True)
    return None if decision is None else replace(decision, basis="text")


def _weigh(
    rules: ProcedureRules, by_code: _Decision, by_words: _Decision, *, system_given: bool
) -> _Decision:
    """Choose between a listed code and a description that disagree.

    1. One that says by itself what was done (a biopsy, a drainage, PET/CT, MRCP) outranks one
       that does not; of two such the description is nearer to what happened.
    2. Of two of one kind the one that tells more counts: code and description may each name a
       part of the region.
    3. Otherwise the code, unless the description names another modality, or the code's system is
       only guessed and the description tells the region.
    """
    code_role, words_role = _role(rules, by_code), _role(rules, by_words)
    if code_role.plain or words_role.plain:
        return by_words if words_role.plain else by_code
    if code_role.kind == words_role.kind:
        return max(by_code, by_words, key=lambda decision: _told(_role(rules, decision)))
    tells_modality = by_words.stated and words_role.kind != "other"
    tells_region = not system_given and not words_role.vague
    return by_words if tells_modality or tells_region else by_code


def _told(role: Role) -> tuple[bool, bool, bool, bool]:
    """How much a role tells, for comparing two of one kind."""
    return not role.vague, role.qualifies, not role.doubt, role.coverage != "partial"


def _role(rules: ProcedureRules, decision: _Decision) -> Role:
    return rules.settings.roles[decision.role]


def _find_site_entry(
    rules: ProcedureRules, code: str, code_system: str, description: str
) -> _Decision | None:
    """A site's own entry goes before everything else; one without a system fits any."""
    system = key_of(code_system)
    for written in (rules.systems.get(system, system), ""):
        role = rules.site_codes.get((written, code.strip().upper()))
        if role is not None:
            return _Decision(role, "code", f"site:{code.strip()}")
    role = rules.site_descriptions.get(plain_words(description)) if description else None
    return None if role is None else _Decision(role, "description", "site")


def _find_code(rules: ProcedureRules, code: str, code_system: str) -> tuple[str, _Decision | None]:
    """The code's system (empty where it has to be guessed) and what the lists say of the code.

    Without a system that is known, every list is tried. Of several codes in one cell the one that
    tells most counts.
    """
    system = rules.systems.get(key_of(code_system), "")
    found = [
        _Decision(role, "code", f"{listed}:{single.strip()}")
        for single in _SEVERAL_CODES.split(code.upper())
        for listed in ([system] if system else rules.codes)
        if (role := _listed_role(rules, listed, single.strip())) is not None
    ]
    if not found:
        return system, None
    return system, max(found, key=lambda decision: _told(_role(rules, decision)))


def _listed_role(rules: ProcedureRules, system: str, code: str) -> str | None:
    """The role of a code in one list, with its modifiers or a spreadsheet's `.0` left off."""
    listed = rules.codes[system]
    bare = code.removesuffix(".0")
    suffix = rules.suffixes.get(system)
    without_suffix = suffix.sub("", bare) if suffix else bare
    return listed.get(bare) or listed.get(without_suffix)


def _find_description(
    rules: ProcedureRules, modality: str, description: str, *, is_title: bool = False
) -> _Decision | None:
    """Read a description (or a title) by the rules; a listed description where none matches."""
    words = plain_words(description)
    if "ignored" in rules.patterns:
        words = rules.patterns["ignored"].sub("", words)
    column = rules.modalities.get(key_of(modality), "")
    modalities, source = _modalities(rules, words, column)
    named = _Words(rules, words, words, frozenset(modalities))
    for rule in rules.settings.rules:
        if (rule.titles or not is_title) and named.meet(rules.conditions[rule.id]):
            basis = "modality" if source == "column" and not words.strip() else "description"
            return _Decision(rule.role, basis, rule.id, stated=source == "words")
    listed = rules.descriptions.get(plain_words(description))
    return None if listed is None else _Decision(listed, "description", "listed")


def _modalities(rules: ProcedureRules, words: str, column: str) -> tuple[list[str], str]:
    """The modalities of a description, and whether `words`, the `column` or a `hint` gave them."""
    settings = rules.settings.modality
    for source, lists in (("words", settings.words), ("hint", settings.hints)):
        if source == "hint" and column and column not in settings.weak:
            return [column], "column"
        prefix = "stated" if source == "words" else "hint"
        found = [
            name
            for name in lists
            if (pattern := rules.patterns.get(f"{prefix}:{name}")) and pattern.search(words)
        ]
        if found:
            return found, source
    return ([column], "column") if column else ([], "")


class _Words:
    """What a stretch of text names, each word list looked for once and only when asked."""

    def __init__(
        self, rules: ProcedureRules, text: str, as_written: str, given: frozenset[str]
    ) -> None:
        self._rules = rules
        self._text = text
        self._as_written = as_written
        self._found: dict[str, bool] = dict.fromkeys(given, True)

    def names(self, concept: str) -> bool:
        found = self._found.get(concept)
        if found is None:
            pattern = self._rules.patterns.get(concept)
            whole = concept in self._rules.settings.text.as_written
            text = self._as_written if whole else self._text
            found = self._found[concept] = pattern is not None and bool(pattern.search(text))
        return found

    def meet(self, condition: Condition) -> bool:
        return all(any(map(self.names, entry)) for entry in condition.has) and not any(
            map(self.names, condition.lacks)
        )


def _read_text(
    rules: ProcedureRules, decision: _Decision | None, text: str, *, reads: str
) -> _Decision | None:
    """Let each text rule that applies to the role that stands then change it, in order."""
    if decision is None:
        return None
    cut: _CutText | None = None
    for rule in rules.settings.text_rules:
        if decision.role not in rule.after or reads not in rule.reads:
            continue
        cut = cut or _CutText(rules, text)
        if cut.meets(rule):
            decision = _Decision(rule.role, "text", rule.id)
    return decision


class _CutText:
    """A text and its units (specimen parts, sentences, the whole), each cut when first needed."""

    def __init__(self, rules: ProcedureRules, text: str) -> None:
        self._rules = rules
        self._text = text
        self._units: dict[str, list[_Words]] = {}

    def meets(self, rule: TextRule) -> bool:
        condition = self._rules.conditions[rule.id]
        if not any(unit.meet(condition) for unit in self._unit_list(rule.within)):
            return False
        return not any(
            sentence.names(concept)
            for sentence in self._unit_list("sentence")
            for concept in condition.nowhere
        )

    def _unit_list(self, within: str) -> list[_Words]:
        if within not in self._units:
            stretches = {
                "specimen": self._specimens,
                "sentence": self._sentences,
                "text": lambda: [self._text],
            }[within]()
            self._units[within] = [self._words(stretch) for stretch in stretches]
        return self._units[within]

    def _words(self, stretch: str) -> _Words:
        """A unit's words; those of negated clauses stand apart ("no samples were taken")."""
        affirmed = _negation_pattern(self._rules.settings.text.negations).sub(" ", stretch)
        return _Words(self._rules, plain_words(affirmed), plain_words(stretch), frozenset())

    def _sentences(self) -> list[str]:
        return [part for part in _SENTENCE_END.split(self._text) if part.strip()]

    def _specimens(self) -> list[str]:
        """The parts of the specimen list, then the heads of the diagnoses, then all specimens.

        A report without such headings is read by sentences.
        """
        headings = self._rules.settings.text
        sections = _split_sections(
            self._text, (*headings.specimen, *headings.diagnosis, *headings.headings)
        )
        lists = [body for name, body in sections if name in _keys(headings.specimen)]
        diagnoses = [body for name, body in sections if name in _keys(headings.diagnosis)]
        parts = [part for body in lists for part in _LIST_LABEL.split(body)]
        heads = [
            re.split(r":|\s-\s|\n\s*-", part)[0]
            for body in diagnoses
            for part in _LIST_LABEL.split(body)
        ]
        whole = [" ".join([*lists, *heads])]
        return [part for part in (*parts, *heads, *whole) if part.strip()] or self._sentences()


def _keys(words: Iterable[str]) -> set[str]:
    return {key_of(word) for word in words}


@lru_cache(maxsize=16)
def _negation_pattern(negations: tuple[str, ...]) -> re.Pattern[str]:
    """A negation with its clause."""
    words = "|".join(re.escape(word) for word in negations)
    return re.compile(rf"\b(?:{words})\b(?:(?!{_CLAUSE_END.pattern}).)*", re.I | re.S)


@lru_cache(maxsize=16)
def _heading_pattern(headings: tuple[str, ...]) -> re.Pattern[str]:
    longest_first = sorted(headings, key=lambda heading: (-len(heading), heading))
    names = "|".join(re.escape(heading) for heading in longest_first)
    return re.compile(rf"(?<![a-z])({names})\s*(?::|$)", re.I | re.M)


def _split_sections(text: str, headings: tuple[str, ...]) -> list[tuple[str, str]]:
    """Headings (`key_of`) and the stretch behind each, also where all stands on one line."""
    pieces = _heading_pattern(headings).split(text)
    return [(key_of(name), body) for name, body in zip(pieces[1::2], pieces[2::2], strict=True)]
