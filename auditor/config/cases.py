"""What a case is made of: part keys, index kind, and which places behave how."""

from __future__ import annotations

from dataclasses import dataclass

from auditor.config.lexicon import Lexicon


@dataclass(frozen=True, slots=True)
class CaseRules:
    """Settings of the case definition, from the lexicon and `pipeline.toml`.

    Attributes:
        lesion_key: Part key of the lesion.
        sign_key: Part key of the sign.
        part_order: Part keys in the order of output columns.
        index_kind: Event kind of the index exam.
        quadrants: Places out of which a named organ takes a lesion, by id.
        organs: Ids of places that are such organs.
        bare: Rules of the sign's words that state it not enough.
        levels: `upper` or `lower` by place id.
        known_remark: Remark kind of a diagnosis already known.
        advice_remark: Remark kind of a recommendation.
        retraction_remark: Remark kind of a report that is taken back as a whole; empty: none.
    """

    lesion_key: str
    sign_key: str
    part_order: tuple[str, ...]
    index_kind: str
    quadrants: dict[str, str]
    organs: frozenset[str]
    levels: dict[str, str]
    bare: frozenset[str]
    known_remark: str
    advice_remark: str
    retraction_remark: str = ""


def case_rules(
    lexicon: Lexicon,
    *,
    index_kind: str,
    known_remark: str = "",
    advice_remark: str = "",
    retraction_remark: str = "",
) -> CaseRules:
    """Derive the case rules from a lexicon."""
    places = lexicon.lesion.place
    lesion, sign = lexicon.lesion.part.key, lexicon.sign.part.key
    return CaseRules(
        lesion_key=lesion,
        sign_key=sign,
        part_order=(lesion, sign),
        index_kind=index_kind,
        quadrants={place.id: place.level for place in places if place.quadrant},
        organs=frozenset(place.id for place in places if place.organ),
        levels={place.id: place.level for place in places if place.level},
        bare=frozenset(term.id for term in lexicon.sign.term if term.form == "bare"),
        known_remark=known_remark,
        advice_remark=advice_remark,
        retraction_remark=retraction_remark,
    )
