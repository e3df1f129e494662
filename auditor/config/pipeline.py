"""A pipeline folder as a whole: everything that is about one audit, read and checked."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from auditor.config.base import Settings, read_settings
from auditor.config.cases import CaseRules, case_rules
from auditor.config.lexicon import Lexicon, read_lexicon
from auditor.config.procedures import ProcedureRules, read_procedure_rules
from auditor.config.remarks import RemarkRules, read_remark_rules
from auditor.config.site import Site
from auditor.config.verdicts import VerdictRules, read_verdict_rules
from auditor.config.workbook import WorkbookLabels, read_workbook_labels
from auditor.errors import ConfigError

FILE_NAME = "pipeline.toml"
_IGNORED = ("__pycache__", ".DS_Store")


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
    """

    name: str
    version: str
    title: str
    lesion: str
    sign: str
    index_kind: str
    known_remark: str
    advice_remark: str


@dataclass(frozen=True)
class Pipeline:
    """All settings of one pipeline folder, with a site's choices laid over them.

    Attributes:
        folder: Where it was read from.
        file: The file `pipeline.toml`.
        digest: SHA-256 over the folder's files, names and contents.
        site: The site's settings.
        lexicon: Words, section titles, cues.
        procedures: What codes and descriptions mean.
        remarks: Patterns of small facts.
        verdicts: Windows, exclusions, flags, advisories.
        labels: Headings and texts of the outputs.
    """

    folder: Path
    file: PipelineFile
    digest: str
    site: Site
    lexicon: Lexicon
    procedures: ProcedureRules
    remarks: RemarkRules
    verdicts: VerdictRules
    labels: WorkbookLabels

    @cached_property
    def cases(self) -> CaseRules:
        """Rules of the case definition."""
        return case_rules(
            self.lexicon,
            index_kind=self.file.index_kind,
            known_remark=self.file.known_remark,
            advice_remark=self.file.advice_remark,
        )


def read_pipeline(folder: Path, site: Site) -> Pipeline:
    """Read and check a pipeline folder.

    Raises:
        ConfigError: The folder is missing, or a file in it is wrong; the message names file and
            key.
    """
    if not folder.is_dir():
        raise ConfigError(f"{folder}: is no pipeline folder.")
    file = read_settings(folder / FILE_NAME, PipelineFile)
    return Pipeline(
        folder=folder,
        file=file,
        digest=folder_digest(folder),
        site=site,
        lexicon=read_lexicon(folder, lesion_file=file.lesion, sign_file=file.sign, site=site),
        procedures=read_procedure_rules(folder, site=site),
        remarks=read_remark_rules(folder),
        verdicts=read_verdict_rules(folder, site=site),
        labels=read_workbook_labels(folder),
    )


def folder_digest(folder: Path) -> str:
    """SHA-256 over the names and contents of a folder's files, in the order of their names."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or any(part in _IGNORED for part in path.parts):
            continue
        name = path.relative_to(folder).as_posix().encode()
        content = path.read_bytes()
        digest.update(b"%d:%s:%d:" % (len(name), name, len(content)))
        digest.update(content)
    return digest.hexdigest()
