"""Which column of a table holds what: scores by name and by content, and the best choice of all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from auditor.ingest.dates import read_datetime
from auditor.ingest.schema import TABLES
from auditor.onboarding.looking import Seen
from auditor.onboarding.names import score_name, split_name
from auditor.onboarding.traits import Traits

# Below it a column is not proposed.
_LEAST = 0.3
_BY_NAME, _BY_CONTENT = 0.6, 0.4
# What the content alone, under a name that says nothing, is worth at most.
_CONTENT_ALONE = 0.45
# What a list of words that nothing knows is worth under a name that fits: they may be local.
_LOCAL = 0.2
# So many different values are ids, even where a short table makes them look like a list.
_FEWEST = 5
# Kinds of content that tell a column by itself; ids and lists of names look alike.
_TELLING = frozenset(
    ("report_text", "modality", "patient_sex", "report_status", "status", "procedure_description")
    + ("procedure_code_system",)
)


@dataclass(frozen=True)
class Choice:
    """A column of the file for a column of the contract.

    Attributes:
        column: The contract's.
        traits: The file's.
        score: From 0 to 1.
        reason: Why, in a few words.
    """

    column: str
    traits: Traits
    score: float
    reason: str


def choose_columns(seen: Seen, table: str) -> dict[str, Choice]:
    """The best column of the file for each contract column that one is found for."""
    choices = [
        choice
        for column in TABLES[table]
        for traits in seen.columns
        if (choice := _judge(column.name, traits)).score >= _LEAST
    ]
    # The surest first; of equals the contract's order, then the file's.
    choices.sort(key=lambda choice: -choice.score)
    taken: dict[str, Choice] = {}
    used: set[str] = set()
    for choice in choices:
        if choice.column not in taken and choice.traits.name not in used:
            taken[choice.column] = choice
            used.add(choice.traits.name)
    return _with_leftovers(seen, table, taken)


def fit_table(choices: Mapping[str, Choice], table: str) -> float:
    """How well a table of the contract is found in a file: 1 where all that is needed is sure."""
    needed = [column.name for column in TABLES[table] if column.required]
    found = sum(choices[name].score for name in needed if name in choices) / len(needed)
    optional = [column.name for column in TABLES[table] if not column.required]
    more = sum(choices[name].score for name in optional if name in choices) / len(optional)
    return 0.8 * found + 0.2 * more


def is_birth(traits: Traits) -> bool:
    """Whether a column's name says that it holds dates of birth."""
    return bool({"birth", "born", "dob", "birthday", "birthdate"} & set(split_name(traits.name)))


def _judge(column: str, traits: Traits) -> Choice:
    by_name, by_content = score_name(traits.name, column), _score_content(column, traits)
    if traits.filled and by_content <= 0:
        return Choice(column, traits, 0.0, "")
    if by_name == 1.0:
        return Choice(column, traits, 1.0, "named as in the contract")
    if by_name:
        by_content = by_content if traits.filled else 0.3
        score = _BY_NAME * by_name + _BY_CONTENT * by_content
        return Choice(column, traits, score, _tell(column, traits, named=True))
    score = by_content * _CONTENT_ALONE if column in _TELLING else 0.0
    return Choice(column, traits, score, _tell(column, traits, named=False))


def _score_content(column: str, traits: Traits) -> float:
    """How much a column's values look like those of a contract column; 0 rules it out."""
    share, unique = traits.share, traits.distinct / max(traits.filled, 1)
    dated = share("date", "moment", "short_year") - share("digits")
    if column.endswith("_datetime"):
        all_dates = share("date", "moment", "short_year")
        return 0.0 if is_birth(traits) or all_dates < 0.5 else all_dates
    if column == "report_text":
        return 0.0 if share("text") < 0.3 else min(1.0, traits.mean_length / 300)
    if dated > 0.5 or (share("time") > 0.5 and column != "reason"):
        return 0.0
    scorers = {
        "patient_id": lambda: share("id") * (1.0 if unique < 0.98 else 0.7),
        "report_id": lambda: share("id") * min(1.0, unique * 1.3) if unique > 0.5 else 0.0,
        "order_id": lambda: share("id") * min(1.0, unique * 1.3) if unique > 0.5 else 0.0,
        "accession": lambda: share("id") * min(1.0, unique * 1.3) if unique > 0.2 else 0.0,
        "report_status": lambda: max(share("report_status"), _LOCAL) * traits.is_list,
        "status": lambda: max(share("order_status"), _LOCAL) * traits.is_list,
        "modality": lambda: max(share("modality"), _LOCAL) * traits.is_list,
        "procedure_code": lambda: max(share("code"), 0.3 * (share("id", "number") > 0.5)),
        "procedure_code_system": lambda: share("system"),
        "procedure_description": lambda: share("procedure") * (1 - share("text")),
        "facility": lambda: 0.6 * traits.is_list * (1 - share("number", "modality", "sex")),
        "patient_age": lambda: share("number", "age"),
        "patient_sex": lambda: share("sex"),
        "reason": lambda: 0.2 + 0.8 * min(1.0, traits.mean_length / 30),
        "ordering_department": lambda: 0.6 * traits.is_list * (1 - share("number", "sex")),
    }
    score = scorers[column]()
    # A name may be believed where the words are only strange.
    strange = column in ("report_status", "status", "modality") and traits.is_list
    return max(score, 0.15) if strange or column in ("facility", "procedure_description") else score


def _tell(column: str, traits: Traits, *, named: bool) -> str:
    """Why a column was chosen, with counts."""
    share = traits.share
    grounds = ["the name fits"] if named else []
    shapes = {
        "report_text": ("text", "are long texts"),
        "modality": ("modality", "are known modalities"),
        "patient_sex": ("sex", "are sexes"),
        "report_status": ("report_status", "are known statuses"),
        "status": ("order_status", "are known statuses"),
        "procedure_code": ("code", "are listed codes"),
        "procedure_description": ("procedure", "name a known procedure"),
        "patient_age": ("number", "are numbers"),
    }
    if column.endswith("_datetime"):
        grounds.append(f"{share('date', 'moment', 'short_year'):.0%} are dates")
    elif column in shapes and share(shapes[column][0]):
        shape, words = shapes[column]
        grounds.append(f"{share(shape):.0%} {words}")
    elif column in ("patient_id", "report_id", "order_id", "accession"):
        more = "or more " if traits.distinct >= 5_000 else ""
        grounds.append(f"{traits.distinct:,} {more}different ids")
    filled = traits.filled / traits.rows if traits.rows else 0.0
    grounds.append("always filled" if filled == 1 else f"{filled:.0%} filled")
    return ", ".join(grounds)


# --- what neither name nor content told -----------------------------------------------------------


def _with_leftovers(seen: Seen, table: str, taken: dict[str, Choice]) -> dict[str, Choice]:
    """Needed columns that nothing was found for: dates by their order, ids and texts by content."""
    result = dict(taken)
    first, second = (
        ("exam_datetime", "report_datetime")
        if table == "reports"
        else ("order_datetime", "performed_datetime")
    )
    free = [
        traits
        for traits in seen.columns
        if traits.name not in {choice.traits.name for choice in result.values()}
    ]
    dates = [traits for traits in free if _score_content(first, traits) > 0.5]
    if first not in result and second in result and dates:
        dates = [d for d in dates if comes_first(d, result[second].traits)] or dates
    if first not in result and dates:
        earliest = next((d for d in dates if _all_follow(d, dates)), dates[0])
        reason = "a date, and the earliest that is left"
        result[first] = Choice(first, earliest, _LEAST, reason)
        dates.remove(earliest)
    if second not in result and first in result:
        later = [d for d in dates if comes_first(result[first].traits, d)]
        if later:
            reason = f"a date that never comes before {result[first].traits.name}"
            result[second] = Choice(second, later[0], _LEAST, reason)
    _add_ids(seen, table, result)
    return result


def _add_ids(seen: Seen, table: str, result: dict[str, Choice]) -> None:
    """Needed ids by content alone: of a row its own, of a patient one that comes again."""
    own = "report_id" if table == "reports" else "order_id"
    used = {choice.traits.name for choice in result.values()}
    ids = [
        traits
        for traits in seen.columns
        if traits.name not in used and traits.share("id") > 0.9
        if not traits.is_list or traits.distinct == traits.filled == traits.rows >= _FEWEST
        if not traits.share("date", "moment") > traits.share("digits")
    ]
    again = [traits for traits in ids if traits.distinct < 0.9 * traits.filled]
    if "patient_id" not in result and again:
        fewest = min(again, key=lambda traits: traits.distinct)
        reason = f"an id that comes again: {fewest.distinct:,} in {fewest.filled:,} rows"
        result["patient_id"] = Choice("patient_id", fewest, _LEAST, reason)
    single = [traits for traits in ids if traits.distinct > 0.9 * traits.filled]
    if own not in result and single:
        reason = f"an id of each row: {single[0].distinct:,} in {single[0].filled:,} rows"
        result[own] = Choice(own, single[0], _LEAST, reason)


def _all_follow(first: Traits, others: Sequence[Traits]) -> bool:
    return all(comes_first(first, other) for other in others if other is not first)


def comes_first(first: Traits, second: Traits) -> bool:
    """Whether, row by row, one column's dates come before another's, or on the same day."""
    pairs = [
        (_sortable(one), _sortable(two))
        for one, two in zip(first.head, second.head, strict=False)
        if one and two
    ]
    told = [(one, two) for one, two in pairs if one and two]
    return bool(told) and sum(one <= two for one, two in told) >= 0.95 * len(told)


def _sortable(value: str) -> str:
    """A date in a form that sorts; of `03/04/2026` the month is taken to come first."""
    return read_datetime(value, "mdy").text or read_datetime(value, "dmy").text
