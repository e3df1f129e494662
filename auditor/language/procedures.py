"""What procedure a row is about: kind, whether it qualifies, and what decided.

A row's code and its description are read apart and weighed against each other (`_weigh`); where
neither tells, the title of the report does. For reports and for order reasons the text rules then
say what only a text can tell, such as the site of a sample, or that nothing was done.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from auditor.config.events import Role
from auditor.config.procedures import ProcedureRules, key_of, plain_words
from auditor.language.facts import Procedure
from auditor.language.procedure_texts import CutText, NamedWords, exam_titles

# The kinds that every pipeline has (see `Procedure.kind`).
OTHER, UNKNOWN = "other", "unknown"

_SEVERAL_CODES = re.compile(r"[;,|^~]")
_SEVERAL_MODALITIES = re.compile(r"[\\/;,|^~+&]")


# Rows are many, distinct combinations of their columns few.
_COMBINATIONS = 65_536


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
    decision = _decide_by_columns(rules, modality, code, code_system, description)
    if title and _is_open(rules, decision):
        decision = _decide_by_title(rules, modality, title) or decision
    return _procedure(rules, decision)


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

    The text is read where the columns leave the procedure open, and where a text rule of the
    pipeline applies to what they say.
    """
    decision = _decide_by_columns(rules, modality, code, code_system, description)
    if _is_open(rules, decision):
        titled = (_decide_by_title(rules, modality, title) for title in exam_titles(rules, text))
        decision = next(filter(None, titled), decision)
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
    """Like `classify_procedure`, with what the text rules find in the order's reason."""
    decision = _decide_by_columns(rules, modality, code, code_system, description)
    return _procedure(rules, _read_text(rules, decision, reason, reads="reason"))


def is_told_by_text(
    rules: ProcedureRules,
    *,
    modality: str,
    code: str,
    code_system: str,
    description: str,
    reads: str,
) -> bool:
    """Whether a row's text can change what its columns say of the procedure.

    Args:
        rules: The procedure rules.
        modality: As for `classify_procedure`, like the rest.
        code: See there.
        code_system: See there.
        description: See there.
        reads: What the text is: `report` or `reason`.
    """
    decision = _decide_by_columns(rules, modality, code, code_system, description)
    if decision is None:
        return reads == "report"
    if reads == "report" and _is_open(rules, decision):
        return True
    return (decision.role, reads) in rules.changed_by_text


def _procedure(rules: ProcedureRules, decision: _Decision | None) -> Procedure:
    if decision is None:
        return Procedure(kind=UNKNOWN)
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


def _is_open(rules: ProcedureRules, decision: _Decision | None) -> bool:
    """The columns tell nothing, or a modality without its region."""
    return decision is None or _role(rules, decision).vague


@lru_cache(maxsize=_COMBINATIONS)
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
    """What a title tells; None where it, too, leaves the region open."""
    decision = _find_description(rules, modality, title, is_title=True)
    if decision is None or _is_open(rules, decision):
        return None
    return _Decision(decision.role, "text", decision.rule)


def _weigh(
    rules: ProcedureRules, by_code: _Decision, by_words: _Decision, *, system_given: bool
) -> _Decision:
    """Choose between a listed code and a description that disagree.

    1. A code whose system is only guessed may be a local number: a description that tells what
       was done goes before it.
    2. One that says by itself what was done (`Role.plain`) outranks one that does not; of two
       such the description is nearer to what happened.
    3. Of two of one kind the one that tells more counts: code and description may each name a
       part of the region.
    4. Otherwise the code, unless the description itself names another modality.
    """
    code_role, words_role = _role(rules, by_code), _role(rules, by_words)
    words_tell = words_role.kind != OTHER and not words_role.vague
    same_kind = code_role.kind == words_role.kind
    if words_role.plain or (words_tell and not same_kind and not system_given):
        return by_words
    if code_role.plain:
        return by_code
    if same_kind:
        return max(by_code, by_words, key=lambda decision: _told(_role(rules, decision)))
    return by_words if words_tell and by_words.stated else by_code


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
    shape = rules.shapes.get(system)
    shaped = shape.match(bare) if shape else None
    return listed.get(bare) or (listed.get(shaped[1]) if shaped else None)


def _find_description(
    rules: ProcedureRules, modality: str, description: str, *, is_title: bool = False
) -> _Decision | None:
    """Read a description (or a title) by the rules; a listed description where none matches."""
    words = plain_words(description)
    if "ignored" in rules.patterns:
        words = rules.patterns["ignored"].sub("", words)
    column = _column_modalities(rules, modality)
    modalities, source = _modalities(rules, words, column or ())
    named = NamedWords(rules, words, words, frozenset(modalities))
    may_be_bare = not is_title and column is not None
    for rule in rules.settings.rules:
        if (may_be_bare or not rule.bare) and named.meet(rules.conditions[rule.id]):
            basis = "modality" if source == "column" and not words.strip() else "description"
            return _Decision(rule.role, basis, rule.id, stated=source == "words")
    listed = rules.descriptions.get(plain_words(description))
    return None if listed is None else _Decision(listed, "description", "listed")


def _column_modalities(rules: ProcedureRules, modality: str) -> tuple[str, ...] | None:
    """What the modality column says; None for words that are not known.

    A cell may list every modality of a study; those that are no image are dropped.
    """
    whole = rules.modalities.get(key_of(modality))
    parts = _SEVERAL_MODALITIES.split(modality)
    found = [whole] if whole is not None else [rules.modalities.get(key_of(part)) for part in parts]
    if modality.strip() and all(name is None for name in found):
        return None
    return tuple(sorted({name for name in found if name}))


def _modalities(
    rules: ProcedureRules, words: str, column: tuple[str, ...]
) -> tuple[tuple[str, ...], str]:
    """The modalities of a description, and whether `words`, the `column` or a `hint` gave them."""
    settings = rules.settings.modality
    stated = _named_modalities(rules, "stated", settings.words, words)
    if stated:
        return stated, "words"
    if any(name not in settings.weak for name in column):
        return column, "column"
    hinted = _named_modalities(rules, "hint", settings.hints, words)
    return (hinted, "hint") if hinted else (column, "column")


def _named_modalities(
    rules: ProcedureRules, source: str, lists: Iterable[str], words: str
) -> tuple[str, ...]:
    patterns = {name: rules.patterns.get(f"{source}:{name}") for name in lists}
    return tuple(name for name, pattern in patterns.items() if pattern and pattern.search(words))


def _read_text(
    rules: ProcedureRules, decision: _Decision | None, text: str, *, reads: str
) -> _Decision | None:
    """Let each text rule that applies to the role that stands then change it, in order."""
    if decision is None:
        return None
    cut: CutText | None = None
    for rule in rules.settings.text_rules:
        if decision.role not in rule.after or reads not in rule.reads:
            continue
        cut = cut or CutText(rules, text)
        if cut.meets(rule):
            decision = _Decision(rule.role, "text", rule.id)
    return decision
