"""Invented people's names and IINs. An IIN is made for the 1800s: valid, and nobody's."""

from __future__ import annotations

import datetime as dt
import random
from typing import NamedTuple

from staff.domain.iin import check_digit_of


def _words(text: str) -> list[str]:
    return text.split()


MEN = _words(
    "Абзал Айбек Айдар Айдос Алмас Амангелді Арман Асқар Асылхан Әділ Әлихан Әмір Әнуар Әсет "
    "Бақытжан Бауыржан Бекзат Берік Болат Ғабит Ғалым Ғани Данияр Дархан Дәулет Думан Еділ "
    "Ерболат Ерлан Ернар Жандос Жаһангер Жасұлан Жеңіс Қайрат Қанат Қаһарман Қуаныш Құдайберген "
    "Мақсат Марат Мұрат Мұхтар Нұрболат Нұрлан Олжас Өмірбек Өркен Рүстем Санжар Серік Сұлтан "
    "Талғат Темірлан Төлеген Ұлан Үсен Шыңғыс Ілияс Ықылас"
)
WOMEN = _words(
    "Айгерім Айгүл Айжан Айнұр Айсұлу Ақбота Ақмарал Алтынай Әлия Әсел Әсем Балжан Баян Бибігүл "
    "Ботагөз Гауһар Гүлжан Гүлжаһан Гүлмира Ғазиза Дана Дариға Динара Еңлік Жадыра Жазира Жанар "
    "Жансая Жібек Жиһан Жұлдыз Зәуре Зере Кәмила Қаламқас Қарлығаш Қуралай Лаура Ләззат Мадина "
    "Майра Меруерт Мөлдір Назерке Назым Нұргүл Перизат Раушан Салтанат Сандуғаш Сәуле Толқын "
    "Тоғжан Ұлбосын Ұлжан Үміт Шолпан Шынар Іңкәр Ырысты"
)
# The male form; a woman's has «а» after it.
SURNAMES = _words(
    "Абылов Айтбаев Ақжолов Ақышев Алдабергенов Аманов Арыстанов Асанов Ахметов Әбдікәрімов "
    "Әбдірахманов Әбенов Әбілов Әлиев Әлімбеков Әлімжанов Әміров Әшімов Базарбаев Байжанов "
    "Байсалов Бақытов Бекенов Бекмұратов Бердібеков Биғалиев Бөлекбаев Ғабитов Ғалиев Дәулетов "
    "Доспанов Дүйсенов Егізбаев Елубаев Еңсебаев Есенов Есімов Жақыпов Жанұзақов Жаһангеров "
    "Жәнібеков Жүнісов Кәрімов Көшербаев Күзембаев Қалдыбаев Қалиев Қасымов Қожабеков "
    "Қоңыратбаев Құдайбергенов Құрманов Мақашев Мұсаев Мұхамедияров Мырзахметов Наурызбаев "
    "Нұғыманов Нұрғалиев Омаров Оразбаев Өмірзақов Өтегенов Рахимов Сағындықов Садықов "
    "Сәрсенбаев Сейдахметов Смағұлов Сұлтанов Тәжібаев Төлеуов Тұрғанбаев Ұзақов Үсенов "
    "Шаймерденов Шаһмұратов Ілиясов Ісмаилов Ысқақов"
)
# Without a suffix; the same for both sexes.
BARE_SURNAMES = _words("Сәрсенбай Жақсылық Наурызбай Оразбай Құдайберген Бекмұрат")

_VOWELS = "аәеёиоөуұүыіэюя"


class Name(NamedTuple):
    last: str
    first: str
    patronymic: str
    is_woman: bool


def surname(chance: random.Random, *, is_woman: bool) -> str:
    """One in twenty has no suffix."""
    if chance.random() < 0.05:
        return chance.choice(BARE_SURNAMES)
    return chance.choice(SURNAMES) + ("а" if is_woman else "")


def patronymic(chance: random.Random, *, is_woman: bool) -> str:
    """Five in a hundred have none; of the others 70 % in the Kazakh style, 30 % in the Russian.

    The Russian style only after a consonant: it is irregular after a vowel.
    """
    if chance.random() < 0.05:
        return ""
    father = chance.choice(MEN)
    if chance.random() < 0.3 and father[-1] not in _VOWELS:
        return father + ("овна" if is_woman else "ович")
    return father + ("қызы" if is_woman else "ұлы")


def invent_name(chance: random.Random, *, is_woman: bool) -> Name:
    return Name(
        surname(chance, is_woman=is_woman),
        chance.choice(WOMEN if is_woman else MEN),
        patronymic(chance, is_woman=is_woman),
        is_woman,
    )


def synthetic_iin(born: dt.date, *, is_woman: bool, serial: int) -> str:
    """A valid number of somebody born a hundred years earlier; counts on from ``serial``."""
    while True:
        digits = f"{born:%y%m%d}{2 if is_woman else 1}{serial % 10_000:04d}"
        last = check_digit_of(digits)
        if last is not None:
            return f"{digits}{last}"
        serial += 1
