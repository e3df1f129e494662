"""Texts that are long and strange: what a reader must get through in time and to the end."""

from __future__ import annotations

PROSE = (
    "There is a 5 cm calcified mass in the left flank. The bowel gas pattern is normal. No free "
    "air is seen. Pelvic phleboliths; the aorta is calcified. It is separate from the mass.\n"
)
REPEATED = {
    "prose": PROSE,
    "prose in one line": PROSE.replace("\n", " "),
    "one sentence without an end": "a mass with calcification in the left flank and ",
    "mass": "mass ",
    "calcified": "calcified ",
    "calcified mass": "calcified mass ",
    "short sentences": "It is calcified. ",
    "definite lesions": "The mass is seen. ",
    "lines": "calcified mass\n",
    "no": "no ",
    "possible": "possible ",
    "history of": "history of ",
    "left": "left ",
    "left flank": "left flank ",
    "flank": "flank ",
    "aorta": "aorta ",
    "displaced": "calcified mass displaced ",
    "toward": "toward ",
    "and, the": "calcified mass, the ",
    "rounded": "rounded ",
    "numbers": "1 x ",
    "digits": "1",
    "letters": "a",
    "capitals": "A",
    "labels": "Left kidney: ",
    "titles": "FINDINGS: ",
    "titles on lines": "FINDINGS:\n",
    "open titles": "FINDINGS (",
    "title words": "Left ",
    "commas": ",",
    "open brackets": "(",
    "square brackets": "[",
    "colons": ":",
    "semicolons": "; ",
    "stops": ".",
    "stops and blanks": ". ",
    "questions": "? ",
    "dashes": "-",
    "stars": "*",
    "slashes": "/",
    "quotes": '"',
    "bullets": "\u2022 ",
    "blanks": " ",
    "tabs": "\t",
    "line feeds": "\n",
    "NUL": "\x00",
    "line separators": "\u2028",
    "accents": "\u00e9",
    "list numbers": "1. Mass ",
}


def hostile(name: str, length: int) -> str:
    """So many characters of a kind, around a calcified mass."""
    unit = REPEATED[name]
    return f"Calcified left flank mass {unit * (length // len(unit))} calcified mass"
