"""When a patient's exams take place: days and times from a story's ranges."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random

from auditor.config.sample import CaseMix, Facility, Story, StoryExam

_MORNING, _EVENING = 7 * 60 + 30, 18 * 60 + 30
# Exams hours before and after such an index exam still lie on its day.
_MIDDAY = (11 * 60, 12 * 60 + 59)
_DAYS_PER_MONTH = 30


@dataclass(frozen=True, slots=True)
class Appointment:
    """An exam with its time.

    Attributes:
        exam: What is done.
        day: Days from day 0 of the story.
        when: Local date and time.
    """

    exam: StoryExam
    day: int
    when: datetime


@dataclass(frozen=True, slots=True)
class Clock:
    """How datetimes are written: precision (`date`, `minute`, `second`) and UTC offset."""

    precision: str
    offset: str

    def write(self, when: datetime) -> str:
        """ISO 8601 text; a date alone where the time of day is not recorded."""
        if self.precision == "date":
            return when.date().isoformat()
        return when.isoformat(timespec=f"{self.precision}s") + self.offset


def choose_clock(facility: Facility, story: Story, exam: StoryExam) -> Clock:
    """How an exam's datetimes are written: the exam decides, then the story, then the facility."""
    precision = facility.precision
    if story.precision == "date" or (story.precision == "minute" and precision == "date"):
        precision = story.precision
    return Clock(precision, exam.offset or facility.offset)


def index_position(story: Story) -> int:
    """Position of the exam on day 0: the first that opens a case, else the first."""
    return next((n for n, exam in enumerate(story.exams) if exam.case), 0)


def schedule(story: Story, *, mix: CaseMix, as_of: date, random: Random) -> list[Appointment]:
    """Give each exam of a story its day and time, in the order in which they are listed."""
    index = index_position(story)
    times = _times(story, index, random)
    day_zero = as_of - timedelta(days=_days_ago(story, times, mix, random))
    return [
        Appointment(exam, day, at(day_zero, day, minute, random))
        for exam, (day, minute) in zip(story.exams, times, strict=True)
    ]


def schedule_ordinary(*, mix: CaseMix, as_of: date, random: Random) -> datetime:
    """A random moment in the months before `as_of` for an exam that belongs to no story."""
    days_ago = random.randint(1, mix.months * _DAYS_PER_MONTH)
    return at(as_of, -days_ago, random.randint(_MORNING, _EVENING), random)


def at(day_zero: date, day: int, minute: int, random: Random) -> datetime:
    """The moment so many days after day zero, at a minute of the day and a random second."""
    midnight = datetime.combine(day_zero + timedelta(days=day), time())
    return midnight + timedelta(minutes=minute, seconds=random.randint(0, 59))


def _times(story: Story, index: int, random: Random) -> list[tuple[int, int]]:
    """Day and minute of the day of each exam."""
    has_hours = any(exam.hours for exam in story.exams)
    index_minute = random.randint(*(_MIDDAY if has_hours else (_MORNING, _EVENING - 180)))
    times: list[tuple[int, int]] = []
    for position, exam in enumerate(story.exams):
        minute = random.randint(_MORNING, _EVENING)
        day = 0
        if position == index:
            minute = index_minute
        elif exam.hours:
            minute = index_minute + random.randint(exam.hours[0] * 60, exam.hours[1] * 60)
        elif exam.day:
            day = random.randint(*exam.day)
        elif exam.after:
            day = times[-1][0] + random.randint(*exam.after)
            if day == times[-1][0]:
                minute = times[-1][1] + random.randint(20, 120)
        if exam.clock:
            hour, _, rest = exam.clock.partition(":")
            minute = int(hour) * 60 + int(rest)
        times.append((day, minute))
    return times


def _days_ago(story: Story, times: list[tuple[int, int]], mix: CaseMix, random: Random) -> int:
    """How many days before `as_of` day 0 lies, so that every exam lies before `as_of`."""
    if story.window == "last_day":
        return 0
    last = max((day for day, _ in times), default=0)
    opened = [day for exam, (day, _) in zip(story.exams, times, strict=True) if exam.case]
    least = last + 1
    most = mix.months * _DAYS_PER_MONTH
    if story.window == "closed":
        least = max(least, max(opened, default=0) + mix.closed_days)
    elif story.window == "open":
        most = max(least, mix.open_days)
    draws = (random.random(), random.random())
    share = {1: min(draws), -1: max(draws), 0: draws[0]}[story.trend]
    return least + int(share * (most - least + 1))
