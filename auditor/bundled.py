"""The pipeline folders and sample exports that come with the tool.

Checkout and wheel hold them in the same two packages, so both find them the same way. The engine
itself never looks here: a pipeline folder reaches it as a path.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from auditor.errors import ConfigError

DEFAULT_PIPELINE = "flank_mass_calcification"


def find_pipeline(name_or_folder: str) -> Path:
    """The folder of a pipeline, given by its path or by the name of a bundled one.

    Raises:
        ConfigError: It is neither.
    """
    folder = Path(name_or_folder)
    if (folder / "pipeline.toml").is_file():
        return folder
    bundled = _folder("auditor_pipelines")
    if (bundled / name_or_folder / "pipeline.toml").is_file():
        return bundled / name_or_folder
    known = ", ".join(sorted(path.parent.name for path in bundled.glob("*/pipeline.toml")))
    raise ConfigError(
        f"{name_or_folder}: is neither a folder with a pipeline.toml nor a bundled pipeline "
        f"({known}). Give --pipeline one of these."
    )


def sample_folder() -> Path:
    """The folder of the sample exports."""
    return _folder("auditor_samples")


def _folder(package: str) -> Path:
    return Path(str(files(package).joinpath("README.md"))).parent
