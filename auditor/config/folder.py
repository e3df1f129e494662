"""The files of a pipeline folder, and whether they fit together.

Each file is checked by itself when it is read. A name that one file uses and another must give is
checked here: such a slip would not stop an audit, it would silently find no case or leave a column
empty.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from auditor.config.base import Filled, Settings, nearest
from auditor.config.lexicon import Lexicon
from auditor.config.procedures import EVENTS_FILE, ProcedureRules
from auditor.config.remarks import RemarkRule, RemarkRules, SilenceRule
from auditor.config.verdicts import FILE_NAME as VERDICTS_FILE
from auditor.config.verdicts import VerdictRules
from auditor.config.workbook import FILE_NAME as WORKBOOK_FILE
from auditor.config.workbook import WorkbookLabels
from auditor.errors import ConfigError

FILE_NAME = "pipeline.toml"
REMARKS_FILE = "lexicon/remarks.toml"

# What a use of a name is checked by: file, key, the name, where it must be given, what is there.
Use = tuple[str, str, str, str, Iterable[str]]


class PipelineFile(Settings):
    """The file `pipeline.toml`.

    Attributes:
        name: Name of the pipeline.
        version: Version that the folder states.
        title: Title for people.
        lesion: Path of the lesion's lexicon below the folder.
        sign: Path of the sign's lexicon below the folder.
        index_kind: Event kind of the exam that opens a case.
        known_remark: Remark kind of a diagnosis already known.
        advice_remark: Remark kind of a recommendation.
        retraction_remark: Remark kind of a report that is taken back as a whole; empty: none.
    """

    name: Filled
    version: Filled
    title: Filled
    lesion: Filled
    sign: Filled
    index_kind: Filled
    known_remark: str
    advice_remark: str
    retraction_remark: str = ""


@dataclass(frozen=True, kw_only=True)
class FolderFiles:
    """What the files of a pipeline folder hold, read and checked one by one.

    Attributes:
        folder: Where they were read from.
        file: The file `pipeline.toml`.
        lexicon: Words, section titles, cues.
        procedures: What codes and descriptions mean.
        remarks: Patterns of small facts.
        verdicts: Windows, exclusions, flags, advisories.
        labels: Headings and texts of the outputs.
    """

    folder: Path
    file: PipelineFile
    lexicon: Lexicon
    procedures: ProcedureRules
    remarks: RemarkRules
    verdicts: VerdictRules
    labels: WorkbookLabels


def check_together(files: FolderFiles) -> None:
    """Check each name that one file of the folder uses and another gives.

    Raises:
        ConfigError: A name is given nowhere; the message names file, key and the nearest name.
    """
    _check_parts(files)
    for file, key, name, place, known in _uses(files):
        names = sorted(set(known))
        if name not in names:
            hint = nearest(name, names) or f" Known are {', '.join(names)}."
            raise ConfigError(f"{files.folder / file}: {key}: '{name}' is not in {place}.{hint}")


def _uses(files: FolderFiles) -> Iterator[Use]:
    yield from _names_of_pipeline_file(files)
    yield from _names_of_lexicon(files)
    yield from _names_of_remarks(files)
    yield from _names_of_verdicts(files)
    yield from _names_of_workbook(files)


def _names_of_pipeline_file(files: FolderFiles) -> Iterator[Use]:
    file, kinds = files.file, files.procedures.settings.kinds
    remarks = _remark_kinds(files)
    yield FILE_NAME, "index_kind", file.index_kind, EVENTS_FILE, kinds
    yield FILE_NAME, "known_remark", file.known_remark, REMARKS_FILE, remarks
    yield FILE_NAME, "advice_remark", file.advice_remark, REMARKS_FILE, remarks
    if file.retraction_remark:
        yield FILE_NAME, "retraction_remark", file.retraction_remark, REMARKS_FILE, remarks


def _names_of_lexicon(files: FolderFiles) -> Iterator[Use]:
    lesion, sign = files.lexicon.lesion, files.lexicon.sign
    yield files.file.lesion, "part.role", lesion.part.role, "role 'lesion'", ("lesion",)
    yield files.file.sign, "part.role", sign.part.role, "role 'sign'", ("sign",)
    places = {place.id for place in lesion.place}
    for term in lesion.term:
        if term.implies:
            key = f"term '{term.id}', implies"
            yield files.file.lesion, key, term.implies, "the places of this file", places


def _names_of_remarks(files: FolderFiles) -> Iterator[Use]:
    kinds = files.procedures.settings.kinds
    rules: tuple[RemarkRule | SilenceRule, ...]
    rules = (*files.remarks.rules, *files.remarks.silences)
    for rule in rules:
        for kind in rule.events:
            yield REMARKS_FILE, f"{rule.id}, events", kind, EVENTS_FILE, kinds


def _names_of_verdicts(files: FolderFiles) -> Iterator[Use]:
    rules, kinds = files.verdicts, files.procedures.settings.kinds
    remarks = _remark_kinds(files)
    doubts = {role.doubt for role in files.procedures.settings.roles.values() if role.doubt}
    index = (files.file.index_kind,)
    yield VERDICTS_FILE, "pathway.index", rules.pathway.index, f"{FILE_NAME} index_kind", index
    for kind in rules.pathway.labels:
        yield VERDICTS_FILE, "pathway.labels", kind, EVENTS_FILE, kinds
    said = rules.pathway.remarks
    for key in ("elsewhere", "comparison", "lesion", "exception"):
        yield VERDICTS_FILE, f"pathway.remarks.{key}", getattr(said, key), REMARKS_FILE, remarks
    for remark in (*said.not_done, *said.silences):
        yield VERDICTS_FILE, "pathway.remarks", remark, REMARKS_FILE, remarks
    if doubts:
        key = "pathway.remarks.unnamed_site"
        yield VERDICTS_FILE, key, said.unnamed_site, f"the doubts of {EVENTS_FILE}", doubts
    reasons = _values_of(files, said.exception)
    for exception in rules.exceptions:
        yield VERDICTS_FILE, "exceptions", exception.code, f"the values of {REMARKS_FILE}", reasons
    for advisory in rules.advisories:
        if advisory.remark:
            yield VERDICTS_FILE, advisory.code, advisory.remark, REMARKS_FILE, remarks


def _names_of_workbook(files: FolderFiles) -> Iterator[Use]:
    keys, path = files.labels.keys, files.verdicts.pathway
    parts = (files.lexicon.lesion.part.key, files.lexicon.sign.part.key)
    for part in keys.parts:
        yield WORKBOOK_FILE, "keys.parts", part, "the lexicon's parts", parts
    yield WORKBOOK_FILE, "keys.source_part", keys.source_part, "the lexicon's lesion", parts[:1]
    for kind in keys.firsts:
        yield WORKBOOK_FILE, "keys.firsts", kind, f"{VERDICTS_FILE} pathway.firsts", path.firsts
    required = (path.required,)
    yield WORKBOOK_FILE, "keys.required", keys.required, f"{VERDICTS_FILE} pathway", required
    if path.prior_imaging:
        place, event = f"{VERDICTS_FILE} pathway.prior_imaging", path.prior_imaging.event
        yield WORKBOOK_FILE, "keys.prior", keys.prior, place, (event,)


def _check_parts(files: FolderFiles) -> None:
    """Two parts of one key would be one to every table."""
    sign = files.lexicon.sign.part.key
    if files.lexicon.lesion.part.key == sign:
        path = files.folder / files.file.sign
        raise ConfigError(f"{path}: part.key: '{sign}' is the lesion's key too; give it its own.")


def _remark_kinds(files: FolderFiles) -> set[str]:
    rules: tuple[RemarkRule | SilenceRule, ...]
    rules = (*files.remarks.rules, *files.remarks.silences)
    otherwise = (rule.conditional for rule in files.remarks.rules if rule.conditional)
    return {rule.kind for rule in rules} | {rule.kind for rule in otherwise}


def _values_of(files: FolderFiles, kind: str) -> set[str]:
    """All values that a remark of this kind may have."""
    found: set[str] = set()
    for rule in files.remarks.rules:
        if rule.kind == kind:
            found |= {rule.value, rule.otherwise or "", *rule.values} - {""}
    return found
