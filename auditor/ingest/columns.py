"""Site names -> contract names: which of a file's columns each contract column is taken from."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import pyarrow as pa

from auditor.config.site import SLOT, ColumnSource, DateShape, Site
from auditor.errors import ConfigError, SourceError
from auditor.ingest.dates import DATE_START, classify_value
from auditor.ingest.outline import Outline
from auditor.ingest.rows import Cells, listed
from auditor.ingest.schema import ORDER_PROCEDURE_COLUMNS, TABLES, Column

# Where line breaks are to be expected, and white space is the author's.
FREE_TEXT = ("report_text", "reason")


class Fit(NamedTuple):
    """How well names fit a table: whether all that is needed is there, and how many are known."""

    complete: bool = False
    known: int = 0


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the values of one contract column come from in one file.

    Attributes:
        column: The contract column.
        cells: The file's columns by number; the first that is not empty in a row counts.
        constant: The value of every row where there are no cells and no template.
        template: Lines of text with slots, in turn: a text, a column's number, a text, ...
    """

    column: Column
    cells: tuple[int, ...] = ()
    constant: str = ""
    template: tuple[tuple[str | int, ...], ...] = ()

    @property
    def numbers(self) -> tuple[int, ...]:
        """All the file's columns that it reads."""
        slots = [part for line in self.template for part in line if isinstance(part, int)]
        return (*self.cells, *slots)

    def values(self, columns: Sequence[Cells], count: int) -> Cells:
        """The values of `count` rows, from the file's columns."""
        if self.template:
            slots = {number: listed(columns[number]) for number in self.numbers}
            return [self._fill({at: slots[at][row] for at in slots}) for row in range(count)]
        if not self.cells:
            return pa.repeat(pa.scalar(self.constant, pa.string()), count)
        if len(self.cells) == 1:
            return columns[self.cells[0]]
        values = listed(columns[self.cells[0]])
        for number in self.cells[1:]:
            pairs = zip(values, listed(columns[number]), strict=True)
            values = [first if first.strip() else other for first, other in pairs]
        return values

    def _fill(self, cells: Mapping[int, str]) -> str:
        lines = []
        for line in self.template:
            slots = [cells[part] for part in line if isinstance(part, int)]
            if not slots or any(slot.strip() for slot in slots):
                lines.append("".join(cells[p] if isinstance(p, int) else p for p in line))
        return "\n".join(lines)


def fold_name(name: str) -> str:
    """A column name without its case, and with one underscore for spaces, hyphens and the like."""
    return re.sub(r"[\W_]+", "_", name.casefold()).strip("_")


def find_origins(header: Sequence[str], table: str, site: Site, file: str) -> tuple[Origin, ...]:
    """Where each contract column of a table comes from, in the contract's order.

    Args:
        header: The file's column names.
        table: `reports` or `orders`.
        site: Its `columns` come first; else the contract's own names, whatever their case,
            spaces or hyphens.
        file: The file's name, for errors.

    Raises:
        SourceError: A name stands twice, or a needed or mapped column is not there.
        ConfigError: The site file maps a column that the contract does not know.
    """
    sources = _known_sources(table, site)
    where = _Where(file, header, table)
    folded = [fold_name(name) for name in header]
    places = {name: number for number, name in enumerate(folded)}
    origins = []
    for column in TABLES[table]:
        source = sources.get(column.name)
        number = places.get(column.name)
        if source is not None:
            origins.append(_mapped(column, source, places, where))
        else:
            origins.append(Origin(column, () if number is None else (number,)))
    _check_needed(origins, sources, where)
    # Last, so that a header of data, which lacks what is needed, is never quoted here.
    twice = [name for name, count in Counter(filter(None, folded)).items() if count > 1]
    if twice:
        raise SourceError(
            f"{file}: {_listed(twice)} stands more than once in the header; "
            "rename or remove the copy."
        )
    return tuple(origins)


def fit_columns(header: Sequence[str], table: str, site: Site) -> Fit:
    """How well a file's column names fit a table.

    Raises:
        ConfigError: The site file maps a column that the contract does not know.
    """
    sources = _known_sources(table, site)
    known = {column.name for column in TABLES[table]} - sources.keys()
    for source in sources.values():
        known |= {fold_name(name) for name in _names_of(source)}
    count = len(known.intersection(map(fold_name, header)))
    try:
        find_origins(header, table, site, "")
    except SourceError:
        return Fit(False, count)
    return Fit(True, count)


def find_outline(
    origins: Sequence[Origin], width: int, delimiter: str, dates: DateShape
) -> Outline:
    """What a row of the file looks like, from where its contract columns come from."""
    ids: set[int] = set()
    moments: set[int] = set()
    texts: set[int] = set()
    for origin in origins:
        if origin.column.name in FREE_TEXT:
            texts.update(origin.numbers)
        elif origin.column.required and len(origin.cells) == 1:
            if origin.column.kind == "id":
                ids.update(origin.cells)
            elif origin.column.kind == "datetime":
                moments.update(origin.cells)
    return Outline(
        width=width,
        delimiter=delimiter,
        ids=tuple(sorted(ids)),
        dates=tuple(sorted(moments)),
        texts=tuple(sorted(texts)),
        # The site's own formats may begin with anything.
        date_start="" if dates.formats else DATE_START,
        needed=frozenset(
            number
            for origin in origins
            if origin.column.kind in ("id", "datetime") or origin.column.name in FREE_TEXT
            for number in origin.numbers
        ),
        used=frozenset(number for origin in origins for number in origin.numbers),
    )


@dataclass(frozen=True, slots=True)
class _Where:
    """What an error about a file's columns says of the file."""

    file: str
    header: Sequence[str]
    table: str

    @property
    def names(self) -> list[str]:
        """The columns' names; none where the header looks like a row, which is not to be shown."""
        names = [name for name in self.header if name]
        looks_like_row = any(classify_value(name) != "text" or len(name) > 60 for name in names)
        return [] if looks_like_row else names

    def there(self) -> str:
        """The columns that are there, in a sentence."""
        if not self.names:
            return "Its first line looks like data, not like column names: is the header missing?"
        return f"The columns there are: {_listed(self.names)}."

    def nearest(self, name: str) -> str:
        """The name in the header that is nearest to a contract name, empty where none is near."""
        folded = {fold_name(there): there for there in self.names}
        near = difflib.get_close_matches(fold_name(name), folded, n=1)
        return folded[near[0]] if near else ""


def _known_sources(table: str, site: Site) -> dict[str, ColumnSource]:
    sources: dict[str, ColumnSource] = getattr(site.columns, table)
    known = [column.name for column in TABLES[table]]
    for name in sources:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"Did you mean '{near[0]}'?" if near else f"Known: {_listed(known)}."
            raise ConfigError(f"{site.place}: columns.{table}.{name}: is no column. {hint}")
    return sources


def _mapped(column: Column, source: ColumnSource, places: dict[str, int], where: _Where) -> Origin:
    if source.value is not None:
        return Origin(column, constant=source.value)
    found = {name: places[fold_name(name)] for name in source.names if fold_name(name) in places}
    # Of a list of names one is enough: the files of a site need not all have the same.
    if found:
        return Origin(column, tuple(found.values()))
    others = [other.template for other in source.alternatives if other.template is not None]
    for template in filter(None, (source.template, *others)):
        slots = SLOT.findall(template)
        if all(fold_name(name) in places for name in slots):
            numbers = {name: places[fold_name(name)] for name in slots}
            lines = template.split("\n")
            return Origin(column, template=tuple(_split_line(line, numbers) for line in lines))
    constants = [other.value for other in source.alternatives if other.value is not None]
    if constants and (constants[0] or not column.required):
        return Origin(column, constant=constants[0])
    raise _not_there(column, source, places, where)


def _not_there(
    column: Column, source: ColumnSource, places: Mapping[str, int], where: _Where
) -> SourceError:
    missing = next(name for name in _names_of(source) if fold_name(name) not in places)
    near = where.nearest(missing)
    return SourceError(
        f"{where.file}: the site file takes {column.name} from '{missing}', which is not "
        f"a column of this file. {where.there()}" + (f" The nearest is '{near}'." if near else "")
    )


def _names_of(source: ColumnSource) -> tuple[str, ...]:
    """All columns that a source names, those for other files last."""
    templates = (source.template, *(other.template for other in source.alternatives))
    slots = (name for template in templates for name in SLOT.findall(template or ""))
    return (*source.names, *slots)


def _split_line(line: str, found: dict[str, int]) -> tuple[str | int, ...]:
    # With a group in the pattern, every second piece is what a slot names.
    pieces = SLOT.split(line)
    return tuple(found[piece] if at % 2 else piece for at, piece in enumerate(pieces))


def _check_needed(
    origins: Sequence[Origin], sources: dict[str, ColumnSource], where: _Where
) -> None:
    there = {
        origin.column.name for origin in origins if origin.numbers or origin.column.name in sources
    }
    missing = [
        origin.column.name
        for origin in origins
        if origin.column.required and origin.column.name not in there
    ]
    if missing:
        plural = "columns {} are" if len(missing) > 1 else "column {} is"
        what = f"the {plural.format(_listed(missing))} missing"
    elif where.table == "orders" and not there.intersection(ORDER_PROCEDURE_COLUMNS):
        missing = list(ORDER_PROCEDURE_COLUMNS)
        what = f"one of {_listed(missing)} is needed and none is there"
    else:
        return
    near = where.nearest(missing[0])
    example = f'{missing[0]} = "{near or "YOUR COLUMN"}"'
    raise SourceError(
        f"{where.file}: {what}. {where.there()}"
        + (f" Nearest to {missing[0]} is '{near}'." if near else "")
        + f" Map it in the site file under [columns.{where.table}], for example {example}."
    )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)
