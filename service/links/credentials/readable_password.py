"""Passwords that a person can read out."""

from __future__ import annotations

import math
import secrets

CONSONANTS = "bdfgjklmnprstvwz"
VOWELS = "aeiou"
WORDS, SYLLABLES = 4, 2


def readable_password(shortest: int = 0) -> str:
    """Return a password such as `rimo-tadu-kelo-vupa`: 50 random bits or more, easy to say and to type.

    `shortest`: characters that it has at least.
    """
    words = max(WORDS, math.ceil((shortest + 1) / (2 * SYLLABLES + 1)))
    return "-".join("".join(_syllable() for _ in range(SYLLABLES)) for _ in range(words))


def _syllable() -> str:
    return secrets.choice(CONSONANTS) + secrets.choice(VOWELS)
