"""A site's own file: its column names, dates, words, windows and who signed the rules off."""

from __future__ import annotations

import datetime
import re
import zoneinfo
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, PrivateAttr, StrictBool, StrictInt, field_validator, model_validator

from auditor.config.base import Filled, Settings, check_unique, nearest, read_settings
from auditor.config.formats import CommonModel, MessageShape, Queries, ResourceShape
from auditor.config.nightly import Nightly
from auditor.config.privacy import Privacy
from auditor.config.workbook_copy import Shareable

# A slot of a template: the name of one of the site's columns in braces.
SLOT = re.compile(r"\{([^{}]+)\}")

# Lists of `[lexicon]` that begin so are word lists of procedures.
PROCEDURE_LISTS = "procedure."

_WORDS_FOR_DELIMITER = {"comma": ",", "tab": "\t", "semicolon": ";", "pipe": "|"}
_ONE_SOURCE = "give a column name, a list of names, {value = ...} or {template = ...}"


class Sheets(Settings):
    """The sheet of an Excel workbook to read, by table; empty: the one whose columns fit."""

    reports: str = ""
    orders: str = ""


class FileShape(Settings):
    """How the site's files are written.

    Attributes:
        encoding: `auto` or the name of a character encoding, e.g. `cp1252`.
        delimiter: `auto`, one character, or `comma`, `tab`, `semicolon`, `pipe`.
        sheets: The sheets of Excel workbooks to read.
    """

    encoding: str = "auto"
    delimiter: str = "auto"
    sheets: Sheets = Sheets()

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, encoding: str) -> str:
        if encoding != "auto":
            try:
                " ".encode(encoding)
            except LookupError as error:
                raise ValueError(f"'{encoding}' is no character encoding known here") from error
        return encoding

    @field_validator("delimiter")
    @classmethod
    def _one_character(cls, delimiter: str) -> str:
        delimiter = _WORDS_FOR_DELIMITER.get(delimiter, delimiter)
        if delimiter != "auto" and (len(delimiter) != 1 or delimiter in '"\r\n'):
            words = ", ".join(["auto", *_WORDS_FOR_DELIMITER])
            raise ValueError(f"must be one character or one of {words}")
        return delimiter


class OtherSource(Settings):
    """What takes a column's place in files that lack it: exactly one of two ways.

    Attributes:
        value: The same value for every row; may be empty.
        template: As of `ColumnSource`; counts where a file has all columns in its braces.
    """

    value: str | None = None
    template: str | None = None

    @model_validator(mode="after")
    def _one_way(self) -> OtherSource:
        if (self.value is None) == (self.template is None):
            raise ValueError("give {value = ...} or {template = ...} after the names")
        _check_template(self.template)
        return self


class ColumnSource(Settings):
    """Where the values of a contract column come from: one of three ways, or one for each file.

    In the file: `"MRN"`, `["MRN", "ALT_MRN"]`, `{value = "CR"}`, `{template = "FOR: {reason}"}`, or
    `["MRN", {template = "{site}-{no}"}, {value = ""}]`.

    Attributes:
        names: The site's columns; the first that is not empty in a row counts.
        value: The same value for every row.
        template: Text with slots, each the name of a site's column in braces. A line whose slots
            are all empty in a row is dropped there.
        alternatives: For files that have none of the names; the first that suits a file counts.
    """

    names: tuple[Filled, ...] = ()
    value: Filled | None = None
    template: str | None = None
    alternatives: tuple[OtherSource, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, given: Any) -> Any:
        if isinstance(given, str):
            return {"names": (given,)}
        if isinstance(given, list):
            others = [entry for entry in given if isinstance(entry, dict)]
            names = [entry for entry in given if not isinstance(entry, dict)]
            return {"names": names, "alternatives": others} if others else {"names": names}
        if not isinstance(given, dict | ColumnSource):
            raise ValueError(_ONE_SOURCE)
        return given

    @model_validator(mode="after")
    def _one_way(self) -> ColumnSource:
        ways = (bool(self.names), self.value is not None, self.template is not None)
        alone = sum(ways) == 1 and not self.alternatives
        if not alone and (any(ways[1:]) or not self.alternatives):
            raise ValueError(_ONE_SOURCE)
        _check_template(self.template)
        return self


def _check_template(template: str | None) -> None:
    if template is not None and not SLOT.search(template):
        raise ValueError("the template names no column in braces; use {value = ...} instead")


class ColumnSources(Settings):
    """The sources of each table's contract columns, by contract name."""

    reports: dict[Filled, ColumnSource] = {}
    orders: dict[Filled, ColumnSource] = {}


class DateShape(Settings):
    """How the site writes dates.

    Attributes:
        order: `iso` (year first), `mdy` or `dmy`: what `03/04/2026` means.
        formats: Further formats, in the codes of Python's `strptime`, tried first.
        time_zone: The site's zone, e.g. `America/Chicago`: a time that is given with an offset,
            as in UTC, is told in local time; one without is local already. Empty: as written.
    """

    order: Literal["iso", "mdy", "dmy"] = "iso"
    formats: tuple[str, ...] = ()
    time_zone: str = ""

    @field_validator("formats")
    @classmethod
    def _whole_dates(cls, formats: tuple[str, ...]) -> tuple[str, ...]:
        for form in formats:
            if "%y" in form:
                raise ValueError(f"'{form}' has a two-digit year (%y), which is refused")
            codes = set(re.findall("%.", form))
            if not ({"%Y", "%d"} <= codes and codes & {"%m", "%b", "%B"}):
                raise ValueError(f"'{form}' must hold year (%Y), month (%m, %b or %B) and day (%d)")
            _check_readable(form)
        return formats

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        if name and name not in zoneinfo.available_timezones():
            hint = nearest(name, zoneinfo.available_timezones())
            raise ValueError(
                f"'{name}' is no time zone; write it as America/Chicago.{hint}".removesuffix(".")
            )
        return name


def _check_readable(form: str) -> None:
    """Check that `strptime` knows all codes of a format."""
    moment = datetime.datetime(2024, 2, 29, 13, 5)
    try:
        datetime.datetime.strptime(moment.strftime(form), form)
    except ValueError as error:
        raise ValueError(f"'{form}' holds a code that dates are not read by") from error


class LocalProcedure(Settings):
    """A local code or description and the role that it has in the audit.

    Attributes:
        code: A code; counts in any system where `code_system` is empty.
        code_system: The code's system.
        description: A description, whatever its case and signs.
        role: Role by its name in the pipeline's `events.toml`.
    """

    code: str = ""
    code_system: str = ""
    description: str = ""
    role: Filled

    @model_validator(mode="after")
    def _something_to_match(self) -> LocalProcedure:
        if not (self.code.strip() or self.description.strip()):
            raise ValueError("give a code or a description")
        return self


class SignOff(Settings):
    """Who approved which version of the rules, and when. Empty: nobody yet."""

    approved_by: str = ""
    role: str = ""
    date: str = ""
    version: str = ""

    @field_validator("date", mode="before")
    @classmethod
    def _toml_date(cls, given: Any) -> Any:
        return given.isoformat() if isinstance(given, datetime.date) else given


class Site(Settings):
    """A site file. Everything is optional.

    Attributes:
        name: The site's name, for display.
        files: How its files are written.
        columns: Its column names.
        hl7v2: Where its HL7 v2 messages have what the contract asks for.
        fhir: Likewise its FHIR resources.
        omop: Likewise its OMOP tables.
        sql: Queries of its database.
        dates: How it writes dates.
        windows: The pipeline's windows that it overrides, in whole days; None unsets one.
        settings: What it turns on or lists, by the name that the pipeline's verdicts give it.
        statuses: Its status words, and the contract's word for each.
        modalities: Its modality words, and the contract's word for each.
        code_systems: Its names of code systems, and the pipeline's name for each.
        facilities: Its names of facilities, and the name to show for each.
        procedures: Its local codes and descriptions.
        lexicon: Extra words, by the name of the pipeline's list; a list of procedure words is
            named `procedure.` and the list of `events.toml`.
        sign_off: Who approved the rules.
        shareable: The copy of the workbook that may be handed around.
        privacy: What is done about identifiers left in its texts.
        nightly: How unattended nights run; None where the site has none.
    """

    name: str = ""
    files: FileShape = FileShape()
    columns: ColumnSources = ColumnSources()
    hl7v2: MessageShape = MessageShape()
    fhir: ResourceShape = ResourceShape()
    omop: CommonModel = CommonModel()
    sql: Queries = Queries()
    dates: DateShape = DateShape()
    windows: dict[Filled, Annotated[StrictInt, Field(ge=0)] | None] = {}
    settings: dict[Filled, StrictBool | tuple[Filled, ...]] = {}
    statuses: dict[Filled, Filled] = {}
    modalities: dict[Filled, str] = {}
    code_systems: dict[Filled, Filled] = {}
    facilities: dict[Filled, Filled] = {}
    procedures: tuple[LocalProcedure, ...] = ()
    lexicon: dict[Filled, Annotated[tuple[Filled, ...], Field(min_length=1)]] = {}
    sign_off: SignOff = SignOff()
    shareable: Shareable = Shareable()
    privacy: Privacy = Privacy()
    nightly: Nightly | None = None

    _path: Path | None = PrivateAttr(default=None)

    @property
    def place(self) -> str:
        """What messages call the file: its path."""
        return str(self._path) if self._path else "site file"

    @field_validator("statuses", "modalities", "code_systems", "facilities")
    @classmethod
    def _words_differ(cls, words: dict[str, str]) -> dict[str, str]:
        check_unique(words, "the word", lambda word: fold_word(word) or word)
        return words

    @field_validator("procedures")
    @classmethod
    def _procedures_differ(cls, given: tuple[LocalProcedure, ...]) -> tuple[LocalProcedure, ...]:
        coded = [entry for entry in given if entry.code]
        check_unique(coded, "the code", _code_name)
        described = [entry for entry in given if entry.description]
        check_unique(described, "the description", lambda entry: fold_word(entry.description))
        return given

    @field_validator("settings", "lexicon")
    @classmethod
    def _lists_differ(cls, lists: dict[str, Any]) -> dict[str, Any]:
        for name, words in lists.items():
            if isinstance(words, tuple):
                check_unique(words, f"{name}:", str.casefold)
        return lists


def _code_name(entry: LocalProcedure) -> str:
    system = f" of {entry.code_system}" if entry.code_system else ""
    return entry.code.strip().upper() + system


def fold_word(word: str) -> str:
    """A word without case, blanks and signs: `No-Show`, `no_show` and `NO SHOW` are one."""
    return re.sub(r"[\W_]", "", word.casefold())


def read_site(path: Path | None) -> Site:
    """Read a site file; None gives the defaults.

    Raises:
        ConfigError: The file cannot be read, or a key is unknown, missing or of the wrong type.
    """
    if path is None:
        return Site()
    site = read_settings(path, Site)
    site._path = path
    return site
