"""What the demo academy's people learned: providers, topics, and the making of one record."""

from __future__ import annotations

import datetime as dt
import random
from decimal import Decimal
from typing import NamedTuple

from staff.models import Area, Provider, TrainingRecord
from workflow.calendar import DAY

from .academy import Planned

Form = TrainingRecord.Form
Mode = TrainingRecord.Mode
Kind = Provider.Kind

KAZAKHSTAN = "Қазақстан"
# Name, kind, country (clause 3.5).
PROVIDERS = [
    ("«Оңтүстік Қазақстан медицина академиясы» АҚ", Kind.ACADEMY, KAZAKHSTAN),
    (
        "С.Д. Асфендияров атындағы Қазақ ұлттық медицина университеті",
        Kind.UNIVERSITY,
        KAZAKHSTAN,
    ),
    ("Астана медицина университеті", Kind.UNIVERSITY, KAZAKHSTAN),
    ("Қарағанды медицина университеті", Kind.UNIVERSITY, KAZAKHSTAN),
    ("Семей медицина университеті", Kind.UNIVERSITY, KAZAKHSTAN),
    (
        "Марат Оспанов атындағы Батыс Қазақстан медицина университеті",
        Kind.UNIVERSITY,
        KAZAKHSTAN,
    ),
    ("Назарбаев Университеті", Kind.UNIVERSITY, KAZAKHSTAN),
    (
        "Салидат Қайырбекова атындағы Ұлттық ғылыми денсаулық сақтауды дамыту орталығы",
        Kind.SCIENTIFIC,
        KAZAKHSTAN,
    ),
    ("«Өрлеу» біліктілікті арттыру ұлттық орталығы» АҚ", Kind.TRAINING_CENTRE, KAZAKHSTAN),
    ("«Talap» КЕАҚ", Kind.TRAINING_CENTRE, KAZAKHSTAN),
    ("Шымкент қаласының облыстық клиникалық ауруханасы", Kind.MEDICAL, KAZAKHSTAN),
    ("Coursera", Kind.ONLINE, "АҚШ"),
    ("Ташкент фармацевтика институты", Kind.UNIVERSITY, "Өзбекстан"),
    ("И.М. Сеченов атындағы университет", Kind.UNIVERSITY, "Ресей"),
    ("Башкент университеті", Kind.UNIVERSITY, "Түркия"),
    ("Ягеллон университеті (Краков)", Kind.UNIVERSITY, "Польша"),
    ("JSS College of Pharmacy (Майсур)", Kind.UNIVERSITY, "Үндістан"),
]
ACADEMY, TALAP, HOSPITAL, COURSERA = 0, 9, 10, 11
ABROAD = (12, 13, 14, 15, 16)
AT_HOME = (1, 2, 3, 4, 5, 6, 7)

PROFILE_TOPICS = {
    "clinical": [
        "Дәлелді медицина негіздері",
        "Жүрек-өкпе реанимациясы (BLS/ACLS)",
        "Инфекциялық бақылау",
        "Симуляциялық оқыту әдістері",
        "Объективті құрылымдалған клиникалық емтихан (ОҚКЕ) ұйымдастыру",
        "Ультрадыбыстық диагностиканың заманауи мүмкіндіктері",
        "Клиникалық хаттамалар және дәлелге негізделген тәжірибе",
        "Созылмалы ауруларды басқару бағдарламасы",
    ],
    "basic": [
        "Молекулалық биология және генетика әдістері",
        "Патоморфологиялық зерттеудің заманауи әдістері",
        "Цифрлық микроскопия және виртуалды анатомия",
        "Эпидемиологиялық зерттеулер және биостатистика",
        "Зертханалық сапа менеджменті",
        "Дәлелді медицина негіздері",
    ],
    "pharmacy": [
        "GMP және фармацевтикалық сапа жүйесі",
        "Фармаконадзор және дәрілік заттардың қауіпсіздігі",
        "Дәрілік өсімдік шикізатын талдау",
        "Жоғары тиімді сұйық хроматография",
        "Фармацевтикалық қамқорлық және клиникалық фармация",
    ],
    "language": [
        "Медициналық ағылшын тілін оқытудың әдістемесі",
        "CLIL: пән мен тілді кіріктіріп оқыту",
        "Қазақ тілін деңгейлеп оқыту технологиялары",
        "Латын терминологиясын оқыту әдістемесі",
    ],
    "society": [
        "Қоғамдық пәндерді оқытудың заманауи әдістері",
        "Қазақстан тарихы: жаңа деректер мен көзқарастар",
        "Салауатты өмір салтын қалыптастыру",
        "Математиканы кәсіби бағытта оқыту",
    ],
    "nursing": [
        "Мейіргер ісіндегі заманауи стандарттар",
        "Инфекциялық бақылау",
        "Жүрек-өкпе реанимациясы (BLS/ACLS)",
        "Мейіргерлік күтімнің дербес жоспары",
    ],
    "office": ["Еңбек заңнамасы және кадрлық іс жүргізу"],
}
TOPICS = {
    Area.PEDAGOGICAL: [
        "Медициналық білім берудегі заманауи педагогикалық технологиялар",
        "Силлабус әзірлеу және оқыту нәтижелерін бағалау",
        "Студентке бағытталған оқыту және кері байланыс беру мәдениеті: аралас аудиториядағы "
        "сабақты жоспарлаудан бастап қорытынды бағалауға дейін",
    ],
    Area.DIGITAL: [
        "Жасанды интеллектіні оқу процесінде қолдану",
        "Moodle: электрондық курс әзірлеу",
        "Деректерді Excel-де өңдеу",
    ],
    Area.MANAGEMENT: [
        "Жоғары оқу орнындағы менеджмент және көшбасшылық",
        "Сапа менеджменті жүйесі: ISO 9001",
        "Сыбайлас жемқорлыққа қарсы менеджмент: ISO 37001",
        "Стратегиялық жоспарлау және жобаларды басқару",
    ],
    Area.RESEARCH: [
        "Ғылыми мақала жазу және академиялық адалдық",
        "Scopus және Web of Science деректер базаларымен жұмыс",
        "Клиникалық зерттеулердің дизайны (GCP)",
    ],
    Area.LANGUAGE: ["Академиялық ағылшын тілі, B2", "Мемлекеттік тілде іс жүргізу"],
    Area.CLINICAL: ["Шұғыл көмек көрсету дағдылары", "Инфекциялық бақылау"],
    Area.OTHER: [
        "Еңбек заңнамасы және кадрлық іс жүргізу",
        "Мемлекеттік сатып алу",
        "Өрт қауіпсіздігінің техникалық минимумы",
        "Еңбекті қорғау және еңбек қауіпсіздігі",
    ],
}
# Areas that do not fill a norm in hours by discipline profile.
BESIDE_PROFILE = [Area.PEDAGOGICAL, Area.PEDAGOGICAL, Area.DIGITAL, Area.RESEARCH, Area.LANGUAGE]
OF_THE_OFFICE = [Area.OTHER, Area.OTHER, Area.DIGITAL, Area.LANGUAGE]


class Course(NamedTuple):
    """One training as far as the norm looks at it; the rest of the record is made around it."""

    ends_on: dt.date
    hours: int
    area: str
    state: str = TrainingRecord.State.VERIFIED


def _place(chance: random.Random, course: Course, unit: Planned) -> tuple[int, str, str]:
    """Provider, form and mode that go together."""
    dice = chance.random()
    if course.hours >= 72 and course.area == Area.PROFILE and dice < 0.3:
        provider = chance.choice(ABROAD) if dice < 0.09 else chance.choice((*AT_HOME, HOSPITAL))
        return provider, Form.INTERNSHIP, Mode.ON_SITE
    if course.hours <= 36 and dice < 0.25:
        return COURSERA, Form.COURSE, Mode.DISTANCE
    if unit.is_college and dice < 0.6:
        return TALAP, Form.COURSE, chance.choice([Mode.ON_SITE, Mode.BLENDED])
    if dice < 0.55:
        return ACADEMY, Form.COURSE, chance.choice([Mode.ON_SITE, Mode.BLENDED])
    provider = chance.choice(range(1, 10))
    return provider, Form.COURSE, chance.choice([Mode.ON_SITE, Mode.DISTANCE, Mode.BLENDED])


def _title(chance: random.Random, course: Course, unit: Planned) -> str:
    if course.area == Area.PROFILE:
        return chance.choice(PROFILE_TOPICS[unit.subject])
    return chance.choice(TOPICS[Area(course.area)])


def _document_number(chance: random.Random, provider: int, day: dt.date) -> str:
    if provider == COURSERA:
        return "".join(chance.choices("ABCDEFGHJKLMNPQRSTUVWXYZ23456789", k=12))
    if provider == ACADEMY:
        return f"БА-{day.year}/{chance.randint(1, 1900):04d}"
    return f"{chance.randint(1000, 999_999):06d}"


def _cost(chance: random.Random, provider: int, form: str, hours: int) -> Decimal | None:
    if provider == ACADEMY:
        return Decimal(0)
    if provider == COURSERA or chance.random() < 0.3:
        return None
    rate = 4200 if provider in ABROAD else 2100 if form == Form.INTERNSHIP else 1300
    return Decimal(round(hours * rate * chance.uniform(0.8, 1.3) / 500) * 500)


def record(
    chance: random.Random, course: Course, unit: Planned, providers: list[Provider], on: dt.date
) -> TrainingRecord:
    """The ledger's row for ``course``: about six hours a working day, less at a distance."""
    place, form, mode = _place(chance, course, unit)
    daily = 2.5 if mode == Mode.DISTANCE else 5
    return TrainingRecord(
        title=_title(chance, course, unit),
        form=form,
        area=course.area,
        hours=Decimal(course.hours),
        credits=Decimal(course.hours) / 30 if course.hours in {60, 90, 120} else None,
        starts_on=course.ends_on - int(course.hours / daily) * DAY,
        ends_on=course.ends_on,
        provider=providers[place],
        mode=mode,
        country=providers[place].country,
        cost=_cost(chance, place, form, course.hours),
        document_number=_document_number(chance, place, course.ends_on),
        document_date=min(course.ends_on + chance.randint(0, 6) * DAY, on),
        source=chance.choice([TrainingRecord.Source.IMPORT, TrainingRecord.Source.HR]),
        state=course.state,
    )
