"""How words are compared: search that forgives keyboards, sorting in the Kazakh alphabet.

People type «алиева» for «Әлиева», Excel files carry Latin «a» inside Cyrillic words, and
SQLite folds ASCII only. So names are stored twice more, as a search key and as a sort key.
"""

from __future__ import annotations

import re
import unicodedata

WORDS_SEARCHED = 20
LONGEST_SEARCH = 1000  # letters; no search key is longer
ALPHABET = "аәбвгғдеёжзийкқлмнңоөпрстуұүфхһцчшщъыіьэюя"

# Latin letters that look like Cyrillic ones, lower and upper case apart: «H» is «Н», «h» is «һ».
_LOOKALIKES = str.maketrans(
    "AaBCcEeHhIiKkMOoPpTXxYy",
    "АаВСсЕеНһІіКкМОоРрТХхУу",
)
_ALL_LOOKALIKES = "AaBCcEeHhIiKkMOoPpTXxYy"
# After case folding «h» can only be told apart as the capital that looks like «Н».
_FOLDED = str.maketrans("abcehikmoptxyәғқңөұүһіё", "авсеникмортхуагкноуухие")
_CYRILLIC = re.compile(r"[\u0400-\u04ff]")
_LATIN = re.compile(r"[A-Za-z]")
_WORD = re.compile(r"[^\W\d_]+")
_SPACES = re.compile(r"[\s\u00a0\u200b\ufeff]+")
_QUOTES = re.compile("[«»\"'`“”„’‘ʼ]")
_DASHES = re.compile("[‐‑‒–—―−]")


def squeeze(value: str) -> str:
    """``value`` in NFC, without leading, trailing and doubled spaces."""
    return _SPACES.sub(" ", unicodedata.normalize("NFC", value)).strip()


def in_one_script(value: str) -> str:
    """``value`` with Latin look-alikes turned Cyrillic inside words that mix both scripts.

    Words wholly in Latin («Coursera», «GMP») stay as they are.
    """

    def mend(match: re.Match[str]) -> str:
        word = match.group()
        if _CYRILLIC.search(word) and _LATIN.search(word):
            return word.translate(_LOOKALIKES)
        return word

    return _WORD.sub(mend, value)


def cyrillic_name(value: str) -> str:
    """A personal name as typed, look-alikes mended; a name wholly of look-alikes too («Acan»)."""
    value = in_one_script(squeeze(value))
    letters = [letter for letter in value if letter.isalpha()]
    if letters and all(letter in _ALL_LOOKALIKES for letter in letters):
        return value.translate(_LOOKALIKES)
    return value


def title_name(value: str) -> str:
    """A name written in capitals or lower case throughout, as names are written: «Әлиева»."""
    if not (value.isupper() or value.islower()):
        return value
    return re.sub(r"[^\W\d_]+", lambda m: m.group()[:1].upper() + m.group()[1:].lower(), value)


def search_key(*parts: str | None) -> str:
    """The form in which text is searched: whatever case, keyboard or look-alike it was typed in.

    Latin look-alikes become Cyrillic, Kazakh letters the nearest Russian ones, quotation marks
    vanish, dashes become hyphens and spaces collapse.
    """
    text = squeeze(" ".join(part for part in parts if part))
    text = _DASHES.sub("-", _QUOTES.sub("", text))
    return _SPACES.sub(" ", text.casefold().translate(_FOLDED)).strip()


def search_words(text: str) -> list[str]:
    """The words somebody searches for, as search keys hold them, each once: the first twenty.

    Nobody types more, and a page full of words would keep the database busy for a minute.
    """
    words = search_key(text[:LONGEST_SEARCH].replace("\x00", " ")).split()
    return list(dict.fromkeys(words))[:WORDS_SEARCHED]


_RANK = {letter: f"{place:02d}" for place, letter in enumerate(ALPHABET, start=20)}
_RANK |= {digit: f"0{digit}" for digit in "0123456789"}
_RANK |= {chr(ord("a") + n): f"{70 + n:02d}" for n in range(26)}


def sort_key(*parts: str | None, length: int = 120) -> str:
    """Digits that sort as the Kazakh alphabet does (А Ә Б В Г Ғ Д …), in any collation.

    Two digits a letter; a shorter word sorts before a longer one; Latin after Cyrillic.
    """
    words = [squeeze(part).lower() for part in parts if part]
    coded = ["".join(_RANK.get(letter, "19") for letter in word) for word in words]
    return "18".join(coded)[:length]
