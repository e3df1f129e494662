"""Sections of sentences -> the text of a report in one radiologist's style."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from auditor.config.sample import Style, StyleSection
from auditor.sample.grammar import capitalize

# The exam's name is a title, not a sentence.
TITLE_PART = "exam"


def shown_parts(style: Style) -> frozenset[str]:
    """The recipe sections that a style shows."""
    return frozenset(part for section in style.sections for part in section.parts)


def lay_out(
    sections: Mapping[str, Sequence[str]],
    style: Style,
    spelling: Mapping[str, str],
    *,
    opening: str = "",
    closing: str = "",
) -> str:
    """Write the sections in the style's order, headings, lists, spelling and line breaks.

    Args:
        sections: Sentences by section name; a section the style does not show is left out.
        style: The style.
        spelling: Words to write otherwise, by the word.
        opening: A line before the first section, empty for none.
        closing: A line after the last section, empty for none.
    """
    blocks = [opening] if opening else []
    blocks += [text for part in style.sections if (text := _section(part, sections, style))]
    if closing:
        blocks.append(_sentence(closing) if style.between == " " else closing)
    text = style.between.join(blocks)
    for words in (spelling, style.replace):
        for word, other in words.items():
            text = text.replace(word, other)
    if style.upper:
        text = text.upper()
    return _wrap(text, style.wrap) if style.wrap else text


def _section(section: StyleSection, sections: Mapping[str, Sequence[str]], style: Style) -> str:
    sentences = [
        sentence if part == TITLE_PART else _sentence(sentence)
        for part in section.parts
        for sentence in sections.get(part, ())
    ]
    if not sentences:
        return ""
    body = _items(sentences, section.items)
    if not section.heading:
        return body
    is_list = section.items == "bullets" or (section.items != "prose" and len(sentences) > 1)
    return f"{section.heading}{chr(10) if is_list else style.after_heading}{body}"


def _items(sentences: list[str], items: str) -> str:
    if items == "bullets":
        return "\n".join(f"- {sentence}" for sentence in sentences)
    if items == "numbered" and len(sentences) > 1:
        return "\n".join(f"{n}. {sentence}" for n, sentence in enumerate(sentences, 1))
    return ("\n" if items == "lines" else " ").join(sentences)


def _sentence(text: str) -> str:
    text = capitalize(text)
    return text if text.endswith((".", "?", ":")) else f"{text}."


def _wrap(text: str, width: int) -> str:
    """Break lines at `width` characters, as old systems do: between words, within sentences."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split(" "):
            if line and len(line) + 1 + len(word) > width:
                lines.append(line)
                line = word
            else:
                line = f"{line} {word}" if line else word
        lines.append(line)
    return "\n".join(lines)
