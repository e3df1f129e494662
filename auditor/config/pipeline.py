"""A pipeline folder as a whole: everything that is about one audit, read and checked."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from auditor.config.base import read_settings
from auditor.config.cases import CaseRules, case_rules
from auditor.config.folder import FILE_NAME, FolderFiles, PipelineFile, check_together
from auditor.config.lexicon import read_lexicon
from auditor.config.procedures import read_procedure_rules
from auditor.config.remarks import read_remark_rules
from auditor.config.site import Site
from auditor.config.verdicts import read_verdict_rules
from auditor.config.workbook import read_workbook_labels
from auditor.errors import ConfigError

_IGNORED = ("__pycache__", ".DS_Store")


@dataclass(frozen=True, kw_only=True)
class Pipeline(FolderFiles):
    """All settings of one pipeline folder, with a site's choices laid over them.

    Attributes:
        digest: SHA-256 over the folder's files, names and contents.
        site: The site's settings.
    """

    digest: str
    site: Site

    @cached_property
    def cases(self) -> CaseRules:
        """Rules of the case definition."""
        return case_rules(
            self.lexicon,
            index_kind=self.file.index_kind,
            known_remark=self.file.known_remark,
            advice_remark=self.file.advice_remark,
            retraction_remark=self.file.retraction_remark,
        )


def read_pipeline(folder: Path, site: Site) -> Pipeline:
    """Read and check a pipeline folder.

    Raises:
        ConfigError: The folder is missing, a file in it is wrong, or its files do not fit
            together; the message names file and key.
    """
    if not folder.is_dir():
        raise ConfigError(f"{folder}: is no pipeline folder.")
    file = read_settings(folder / FILE_NAME, PipelineFile)
    pipeline = Pipeline(
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
    check_together(pipeline)
    return pipeline


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
