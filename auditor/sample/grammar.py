"""Templates with slots -> sentences.

A slot is a value of the patient or a phrase, of which one template is drawn and filled in turn.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from random import Random

from auditor.config.sample import Phrases
from auditor.errors import ConfigError

_SLOT = re.compile(r"\{(\w+)\}")
_ARTICLE = re.compile(r"\b([Aa])\(n\) (\S)")
# "an 8 cm stone": the spoken number begins with a vowel.
_VOWELS = "aeiouAEIOU8"

Values = dict[str, str]


class Grammar:
    """The phrases of one age band, compiled as they are used."""

    def __init__(self, phrases: Phrases, band: str) -> None:
        self._phrases = {**phrases.phrases, **phrases.band.get(band, {})}
        self._bound = frozenset(phrases.bound)
        self._compiled: dict[str, tuple[str, ...]] = {}

    def fill(self, template: str, values: Values, random: Random) -> str:
        """Fill a template; phrases that are bound to the patient are added to `values`.

        Raises:
            ConfigError: A slot is neither a value nor a phrase.
        """
        text = self._expand(template, values, random)
        return _ARTICLE.sub(_with_article, text) if "(n)" in text else text

    def draw(self, phrase: str, values: Values, random: Random) -> str:
        """Draw one template of a phrase and fill it."""
        return self.fill(random.choice(self._templates(phrase)), values, random)

    def draw_several(
        self, phrases: Iterable[str], pool: str, count: int, values: Values, random: Random
    ) -> list[str]:
        """Fill one template of each of `count` phrases, or `count` different ones of a pool."""
        if pool:
            templates = list(self._templates(pool))
        else:
            templates = [random.choice(self._templates(phrase)) for phrase in phrases]
        drawn = random.sample(templates, min(count, len(templates)))
        return [self.fill(template, values, random) for template in drawn]

    def _expand(self, template: str, values: Values, random: Random) -> str:
        parts = self._compiled.get(template)
        if parts is None:
            parts = self._compiled[template] = tuple(_SLOT.split(template))
        if len(parts) == 1:
            return template
        # Literal text stands at even places, slot names at odd ones.
        return "".join(
            self._value(part, values, random) if place % 2 else part
            for place, part in enumerate(parts)
        )

    def _value(self, slot: str, values: Values, random: Random) -> str:
        name = slot.lower()
        text = values.get(name)
        if text is None:
            text = self._expand(random.choice(self._templates(name)), values, random)
            if name in self._bound:
                values[name] = text
        if slot == name:
            return text
        return text.upper() if slot.isupper() else capitalize(text)

    def _templates(self, phrase: str) -> tuple[str, ...]:
        templates = self._phrases.get(phrase)
        if not templates:
            raise ConfigError(f"sample: there is no phrase or value named '{phrase}'.")
        return templates


def capitalize(text: str) -> str:
    """Make the first letter a capital and leave the rest as it is."""
    return text[:1].upper() + text[1:]


def _with_article(match: re.Match[str]) -> str:
    article, following = match.groups()
    return f"{article}{'n' if following in _VOWELS else ''} {following}"
