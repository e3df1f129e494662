"""Values of FHIR resources, whatever stands there: a wrong type is no value."""

from __future__ import annotations

from typing import Any

from auditor.ingest import codes

# Of several codes for one thing: those that lists of procedures are most likely to hold.
_PREFERRED = ("CPT", "HCPCS", "LOINC", "RADLEX", "SNOMED", "ICD10PCS")


def text_of(value: Any) -> str:
    """A text; empty where the value is none."""
    return value if isinstance(value, str) else ""


def table_of(value: Any) -> dict[str, Any]:
    """An object; empty where the value is none."""
    return value if isinstance(value, dict) else {}


def listed(value: Any) -> list[Any]:
    """A list; a single object is a list of one."""
    if isinstance(value, list):
        return value
    return [value] if isinstance(value, dict) else []


def start_of(resource: dict[str, Any], name: str) -> str:
    """When something was, or began: `nameDateTime`, `namePeriod` or `nameInstant`."""
    period = table_of(resource.get(f"{name}Period"))
    return (
        text_of(resource.get(f"{name}DateTime"))
        or text_of(period.get("start"))
        or text_of(resource.get(f"{name}Instant"))
        or text_of(period.get("end"))
    )


def codings(concepts: Any) -> list[dict[str, Any]]:
    """The codings of one concept or of several."""
    return [
        coding
        for concept in listed(concepts)
        if isinstance(concept, dict)
        for coding in listed(concept.get("coding"))
        if isinstance(coding, dict)
    ]


def pick_code(concept: Any) -> tuple[str, str, str]:
    """A concept's code, code system in the contract's word, and name; each may be empty.

    Of several codings the one of a system that everybody shares; the name is the concept's text,
    else that coding's, else any.
    """
    found = codings(concept)
    best = min(found, key=_rank) if len(found) > 1 else (found[0] if found else {})
    names = [text_of(table_of(concept).get("text"))]
    names += [text_of(coding.get("display")) for coding in (best, *found)]
    return (
        text_of(best.get("code")),
        codes.system_word(text_of(best.get("system"))),
        next((name.strip() for name in names if name.strip()), ""),
    )


def _rank(coding: dict[str, Any]) -> int:
    system = codes.system_word(text_of(coding.get("system")))
    return _PREFERRED.index(system) if system in _PREFERRED else len(_PREFERRED)


def pick_identifier(resource: dict[str, Any], wanted: str) -> str:
    """The identifier of a type code or system; empty where there is none."""
    for identifier in map(table_of, listed(resource.get("identifier"))):
        kinds = [text_of(coding.get("code")) for coding in codings(identifier.get("type"))]
        if wanted in kinds or wanted == text_of(identifier.get("system")):
            return text_of(identifier.get("value")).strip()
    return ""


def pick_modality(categories: Any) -> str:
    """The modality that a category tells; empty where none does."""
    for coding in codings(categories):
        system, code = text_of(coding.get("system")), text_of(coding.get("code"))
        if not codes.may_tell_modality(system):
            continue
        word = codes.modality_word(code)
        if word:
            return word
    return ""


def says_images(categories: Any, further: tuple[str, ...] = ()) -> bool | None:
    """Whether categories say images or specimens; None where nothing known is said."""
    said: set[bool | None] = set()
    for coding in codings(categories):
        code = text_of(coding.get("code"))
        known = codes.is_image_category(text_of(coding.get("system")), code)
        said.add(True if code in further else known)
    return True if True in said else (False if False in said else None)
