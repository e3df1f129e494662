"""Recipes -> the words of one patient's reports, all about the same lesion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from auditor.config.sample import Recipe, SampleProcedure, Style, Variant
from auditor.sample.casting import Patient
from auditor.sample.grammar import Values
from auditor.sample.layout import lay_out, shown_parts
from auditor.sample.library import Library

_OPPOSITE = {"left": "right", "right": "left"}


@dataclass(frozen=True, slots=True)
class Document:
    """One report's text.

    Attributes:
        text: The text in the radiologist's style.
        indication: Why the exam was done, as the order may repeat it; empty where not said.
    """

    text: str
    indication: str


def bind_lesion(patient: Patient, recipes: Sequence[Recipe], library: Library) -> None:
    """Decide the patient's side and place, for which the first of `recipes` is decisive.

    Later recipes only add what is still undecided, so that later exams speak of the same lesion.
    """
    random, values = patient.random, patient.values
    values.update(_sides(random.choice(recipes[0].sides)))
    for recipe in recipes:
        for choice in recipe.choose:
            record = random.choice(library.settings.phrases.choices[choice])
            if not record.keys() <= values.keys():
                patient.records.append(record)
                _bind_record(patient, record, values)


def with_sides_swapped(patient: Patient) -> Values:
    """The patient's values with left for right, for a report that has to be corrected."""
    values = {**patient.values, **_sides(patient.values["other_side"])}
    for record in patient.records:
        _bind_record(patient, record, values)
    return values


def write_document(
    patient: Patient,
    recipe: Recipe,
    style: Style,
    *,
    procedure: SampleProcedure,
    title: str,
    values: Values,
    library: Library,
) -> Document:
    """Write one report.

    Args:
        patient: Whose it is.
        recipe: What it says.
        style: How it looks.
        procedure: What was done; its usual sections stand where the recipe has none.
        title: The exam's name.
        values: The patient's values, or those with sides swapped.
        library: Settings.
    """
    random, grammar = patient.random, patient.grammar
    usual = {name: ((template,),) for name, template in procedure.sections.items()}
    sections = {"exam": [title]}
    for name, alternatives in {**usual, **recipe.sections}.items():
        sentences = [grammar.fill(t, values, random) for t in random.choice(alternatives)]
        sections[name] = sentences
    if recipe.fillers:
        sections["findings"] = _among_fillers(patient, recipe, sections["findings"], library)
    if recipe.recommend and random.random() < library.settings.mix.recommend_share:
        place = "impression" if "impression" in shown_parts(style) else "findings"
        sections[place].append(grammar.draw(recipe.recommend, values, random))
    text = lay_out(
        sections,
        style,
        library.settings.spelling.get(style.spelling, {}),
        opening=grammar.draw(style.opening, values, random) if style.opening else "",
        closing=grammar.draw(style.closing, values, random) if style.closing else "",
    )
    return Document(text, " ".join(sections.get("indication", ())))


def name_exam(patient: Patient, procedure: SampleProcedure) -> tuple[Variant, str]:
    """Draw one of a procedure's names, with the code that goes with it."""
    fitting = [v for v in procedure.variants if not v.bands or patient.band in v.bands]
    variant = patient.random.choice(fitting or procedure.variants)
    return variant, patient.grammar.fill(variant.description, patient.values, patient.random)


def _among_fillers(
    patient: Patient, recipe: Recipe, findings: list[str], library: Library
) -> list[str]:
    """Put the findings, kept together, somewhere among sentences about the rest of the exam."""
    random = patient.random
    fillers = library.settings.phrases.fillers[recipe.fillers]
    rest = patient.grammar.draw_several(
        fillers.topics, fillers.pool, random.randint(*fillers.count), patient.values, random
    )
    rest = [sentence for sentence in rest if sentence not in findings]
    place = random.randint(0, len(rest))
    return rest[:place] + findings + rest[place:]


def _sides(side: str) -> Values:
    return {"side": side, "other_side": _OPPOSITE.get(side, side)}


def _bind_record(patient: Patient, record: dict[str, str], values: Values) -> None:
    for name, template in record.items():
        values[name] = patient.grammar.fill(template, values, patient.random)
