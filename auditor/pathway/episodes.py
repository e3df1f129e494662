"""Index exams become cases: the first opens an episode, later ones within it belong to it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise, zip_longest

from auditor.config.verdicts import VerdictRules
from auditor.pathway.model import Evidence
from auditor.pathway.ordering import days_between, read_moment, sort_key


@dataclass(frozen=True, slots=True)
class Episode:
    """One case before it is judged.

    Attributes:
        evidence: The index exam that opened it. All days count from it, and the case takes its
            evidence from it alone: a possible first exam is not made definite by a later one.
        later: Index exams within the episode, in order.
        end_day: Day on which the next episode begins, None where none does.
    """

    evidence: Evidence
    later: tuple[Evidence, ...] = ()
    end_day: int | None = None


def build_episodes(evidences: Iterable[Evidence], rules: VerdictRules) -> tuple[Episode, ...]:
    """Group one patient's index exams into episodes.

    Args:
        evidences: In any order; near misses are left out, and never open an episode.
        rules: Length of an episode in days, the last day included.

    Returns:
        Episodes in the order of time. Of two index exams on one day the earlier opens, dates
        alone first, then by report id.
    """
    length = rules.days(rules.pathway.episode)
    groups: list[list[Evidence]] = []
    for evidence in sorted((one for one in evidences if one.is_case), key=_key):
        if groups and _days(groups[-1][0], evidence) <= length:
            groups[-1].append(evidence)
        else:
            groups.append([evidence])
    ends = [_days(one[0], following[0]) for one, following in pairwise(groups)]
    return tuple(
        Episode(evidence=group[0], later=tuple(group[1:]), end_day=end)
        for group, end in zip_longest(groups, ends)
    )


def _days(first: Evidence, second: Evidence) -> int:
    return days_between(read_moment(first.exam_datetime), read_moment(second.exam_datetime))


def _key(evidence: Evidence) -> tuple[object, ...]:
    return (*sort_key(read_moment(evidence.exam_datetime)), evidence.report_id)
