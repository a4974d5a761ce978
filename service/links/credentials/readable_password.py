"""Passwords that a person can read out."""

from __future__ import annotations

import secrets

CONSONANTS = "bdfgjklmnprstvwz"
VOWELS = "aeiou"
WORDS, SYLLABLES = 4, 2


def readable_password() -> str:
    """Return a password such as `rimo-tadu-kelo-vupa`: 50 random bits, easy to say and to type."""
    return "-".join("".join(_syllable() for _ in range(SYLLABLES)) for _ in range(WORDS))


def _syllable() -> str:
    return secrets.choice(CONSONANTS) + secrets.choice(VOWELS)
