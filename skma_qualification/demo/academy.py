"""The units of the demo academy, as the academy's own site names them.

Which department belongs to which faculty is not published: the grouping is inferred.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Literal

from staff.models.units import CODE_LETTERS, Unit

Kind = Unit.Kind
# What a unit's people teach or do; it chooses the topics of their training.
Subject = Literal["clinical", "basic", "pharmacy", "language", "society", "nursing", "office"]
ViceRector = Literal["", "academic", "science", "clinical", "social"]


@dataclass(frozen=True, slots=True)
class Planned:
    """One unit to be: names, place in the tree, and how many people of which sort it wants.

    The numbers are for an academy of 600; ``teachers`` are college teachers below the college.
    """

    key: str
    kind: Kind
    parent: str
    kk: str
    ru: str
    en: str
    subject: Subject = "office"
    teachers: int = 0
    assistants: int = 0
    specialists: int = 0
    researchers: int = 0
    jobs: tuple[str, ...] = ("бас маман", "жетекші маман", "маман")
    head: str = ""
    deputy: str = ""
    vice_rector: ViceRector = ""
    disciplines: tuple[str, ...] = field(default=())

    @property
    def is_college(self) -> bool:
        return self.key.startswith("college")


HEADS = {
    Kind.FACULTY: "декан",
    Kind.DEANERY: "декан",
    Kind.DEPARTMENT: "кафедра меңгерушісі",
    Kind.DIRECTORATE: "басқарма басшысы",
    Kind.DIVISION: "бөлім меңгерушісі",
    Kind.SECTOR: "сектор меңгерушісі",
    Kind.CENTRE: "орталық басшысы",
    Kind.OFFICE: "офис басшысы",
    Kind.COLLEGE: "колледж директоры",
}


def _department(
    key: str,
    parent: str,
    subject: Subject,
    teachers: int,
    names: tuple[str, str, str],
    *disciplines: str,
) -> Planned:
    kk, ru, en = names
    return Planned(
        key,
        Kind.DEPARTMENT,
        parent,
        kk,
        ru,
        en,
        subject=subject,
        teachers=teachers,
        assistants=1 if teachers < 13 else 2,
        disciplines=disciplines,
    )


TOP = [
    Planned(
        "academy",
        Kind.ACADEMY,
        "",
        "«Оңтүстік Қазақстан медицина академиясы» АҚ",
        "АО «Южно-Казахстанская медицинская академия»",
        "South Kazakhstan Medical Academy JSC",
    ),
    Planned("rectorate", Kind.OTHER, "academy", "Ректорат", "Ректорат", "Rectorate"),
    Planned(
        "medicine",
        Kind.FACULTY,
        "academy",
        "Медицина факультеті",
        "Медицинский факультет",
        "Faculty of Medicine",
        specialists=3,
        jobs=("әдіскер", "диспетчер"),
        deputy="декан орынбасары",
        vice_rector="clinical",
    ),
    Planned(
        "pharmacy",
        Kind.FACULTY,
        "academy",
        "Фармация факультеті",
        "Фармацевтический факультет",
        "Faculty of Pharmacy",
        specialists=2,
        jobs=("әдіскер", "диспетчер"),
        deputy="декан орынбасары",
        vice_rector="academic",
    ),
    Planned(
        "international",
        Kind.FACULTY,
        "academy",
        "Халықаралық факультет",
        "Международный факультет",
        "International Faculty",
        specialists=2,
        jobs=("әдіскер", "диспетчер"),
        deputy="декан орынбасары",
        vice_rector="academic",
    ),
    Planned(
        "deanery",
        Kind.DEANERY,
        "academy",
        "Интернатура және резидентура деканаты",
        "Деканат интернатуры и резидентуры",
        "Deanery of Internship and Residency",
        specialists=3,
        jobs=("әдіскер", "маман"),
        vice_rector="clinical",
    ),
    Planned(
        "college",
        Kind.COLLEGE,
        "academy",
        "«ОҚМА» АҚ жанындағы медицина колледжі",
        "Медицинский колледж при АО «ЮКМА»",
        "Medical College at SKMA JSC",
        specialists=4,
        jobs=("әдіскер", "маман", "кітапханашы"),
        deputy="директордың оқу ісі жөніндегі орынбасары",
        vice_rector="academic",
    ),
]

DEPARTMENTS = [
    _department(
        "therapy",
        "medicine",
        "clinical",
        18,
        (
            "Терапия және кардиология кафедрасы",
            "Кафедра терапии и кардиологии",
            "Department of Therapy and Cardiology",
        ),
        "Ішкі аурулар",
        "Кардиология",
        "Ревматология",
    ),
    _department(
        "propaedeutics",
        "medicine",
        "clinical",
        13,
        (
            "Ішкі аурулар пропедевтикасы кафедрасы",
            "Кафедра пропедевтики внутренних болезней",
            "Department of Propaedeutics of Internal Diseases",
        ),
        "Ішкі аурулар пропедевтикасы",
        "Визуалды диагностика негіздері",
    ),
    _department(
        "neurology",
        "medicine",
        "clinical",
        16,
        (
            "Неврология, психиатрия, реабилитология және нейрохирургия кафедрасы",
            "Кафедра неврологии, психиатрии, реабилитологии и нейрохирургии",
            "Department of Neurology, Psychiatry, Rehabilitation and Neurosurgery",
        ),
        "Неврология",
        "Психиатрия және наркология",
        "Медициналық оңалту",
    ),
    _department(
        "paediatrics",
        "medicine",
        "clinical",
        16,
        ("Педиатрия-1 кафедрасы", "Кафедра «Педиатрия-1»", "Department of Pediatrics-1"),
        "Балалар аурулары",
        "Неонатология",
    ),
    _department(
        "surgery",
        "medicine",
        "clinical",
        15,
        ("Жалпы хирургия кафедрасы", "Кафедра общей хирургии", "Department of General Surgery"),
        "Жалпы хирургия",
        "Травматология",
    ),
    _department(
        "otolaryngology",
        "medicine",
        "clinical",
        17,
        (
            "Хирургия, оториноларингология және урология кафедрасы",
            "Кафедра хирургии, оториноларингологии и урологии",
            "Department of Surgery, Otorhinolaryngology and Urology",
        ),
        "Хирургиялық аурулар",
        "Оториноларингология",
        "Урология",
    ),
    _department(
        "obstetrics",
        "medicine",
        "clinical",
        15,
        (
            "Акушерлік және гинекология кафедрасы",
            "Кафедра акушерства и гинекологии",
            "Department of Obstetrics and Gynecology",
        ),
        "Акушерлік және гинекология",
    ),
    _department(
        "infections",
        "medicine",
        "clinical",
        13,
        (
            "Жұқпалы аурулар және дерматовенерология кафедрасы",
            "Кафедра инфекционных болезней и дерматовенерологии",
            "Department of Infectious Diseases and Dermatovenereology",
        ),
        "Жұқпалы аурулар",
        "Дерматовенерология",
    ),
    _department(
        "emergency",
        "medicine",
        "clinical",
        15,
        (
            "Шұғыл медицина және мейіргер ісі кафедрасы",
            "Кафедра неотложной медицины и сестринского дела",
            "Department of Emergency Medicine and Nursing",
        ),
        "Шұғыл медициналық көмек",
        "Мейіргер ісі",
    ),
    _department(
        "family",
        "medicine",
        "clinical",
        13,
        (
            "Отбасылық медицина кафедрасы",
            "Кафедра семейной медицины",
            "Department of Family Medicine",
        ),
        "Отбасылық медицина",
        "Амбулаторлық-емханалық көмек",
    ),
    _department(
        "dentistry",
        "medicine",
        "clinical",
        13,
        (
            "Хирургиялық және ортопедиялық стоматология кафедрасы",
            "Кафедра хирургической и ортопедической стоматологии",
            "Department of Surgical and Orthopedic Dentistry",
        ),
        "Хирургиялық стоматология",
        "Ортопедиялық стоматология",
    ),
    _department(
        "morphophysiology",
        "medicine",
        "basic",
        14,
        (
            "Морфофизиология кафедрасы",
            "Кафедра морфофизиологии",
            "Department of Morphophysiology",
        ),
        "Анатомия",
        "Физиология",
    ),
    _department(
        "pathology",
        "medicine",
        "basic",
        12,
        (
            "Патология және сот медицинасы кафедрасы",
            "Кафедра патологии и судебной медицины",
            "Department of Pathology and Forensic Medicine",
        ),
        "Патологиялық анатомия",
        "Сот медицинасы",
    ),
    _department(
        "microbiology",
        "medicine",
        "basic",
        12,
        (
            "Микробиология, аллергология және иммунология кафедрасы",
            "Кафедра микробиологии, аллергологии и иммунологии",
            "Department of Microbiology, Allergology and Immunology",
        ),
        "Микробиология және иммунология",
    ),
    _department(
        "biophysics",
        "medicine",
        "basic",
        12,
        (
            "Медициналық биофизика және ақпараттық технологиялар кафедрасы",
            "Кафедра медбиофизики и информационных технологий",
            "Department of Medical Biophysics and Information Technologies",
        ),
        "Медициналық биофизика",
        "Ақпараттық-коммуникациялық технологиялар",
    ),
    _department(
        "hygiene",
        "medicine",
        "basic",
        12,
        (
            "Гигиена және эпидемиология кафедрасы",
            "Кафедра гигиены и эпидемиологии",
            "Department of Hygiene and Epidemiology",
        ),
        "Гигиена",
        "Эпидемиология",
    ),
    _department(
        "pharmacology",
        "pharmacy",
        "pharmacy",
        14,
        (
            "Фармакология, фармакотерапия және клиникалық фармакология кафедрасы",
            "Кафедра фармакологии, фармакотерапии и клинической фармакологии",
            "Department of Pharmacology, Pharmacotherapy and Clinical Pharmacology",
        ),
        "Фармакология",
        "Клиникалық фармакология",
    ),
    _department(
        "pharmacy_business",
        "pharmacy",
        "pharmacy",
        13,
        (
            "Фармация ісін ұйымдастыру және басқару кафедрасы",
            "Кафедра организации и управления фармацевтического дела",
            "Department of Organization and Management of Pharmaceutical Business",
        ),
        "Фармация ісін ұйымдастыру",
        "Фармацевтикалық менеджмент",
    ),
    _department(
        "toxicology",
        "pharmacy",
        "pharmacy",
        12,
        (
            "Фармацевтикалық және токсикологиялық химия кафедрасы",
            "Кафедра фармацевтической и токсикологической химии",
            "Department of Pharmaceutical and Toxicological Chemistry",
        ),
        "Фармацевтикалық химия",
        "Токсикологиялық химия",
    ),
    _department(
        "manufacturing",
        "pharmacy",
        "pharmacy",
        11,
        (
            "Фармацевтік өндіріс технологиясы кафедрасы",
            "Кафедра технологии фармацевтического производства",
            "Department of Pharmaceutical Manufacturing Technology",
        ),
        "Фармацевтік өндіріс технологиясы",
    ),
    _department(
        "foreign_languages",
        "international",
        "language",
        17,
        ("Шет тілдері кафедрасы", "Кафедра иностранных языков", "Department of Foreign Languages"),
        "Ағылшын тілі",
        "Кәсіби шет тілі",
    ),
    _department(
        "languages",
        "international",
        "language",
        15,
        (
            "Қазақ, орыс және латын тілдері кафедрасы",
            "Кафедра казахского, русского и латинского языков",
            "Department of Kazakh, Russian and Latin Languages",
        ),
        "Қазақ тілі",
        "Латын тілі",
    ),
    _department(
        "history",
        "international",
        "society",
        12,
        (
            "Қазақстан тарихы және әлеуметтік-қоғамдық пәндер кафедрасы",
            "Кафедра истории Казахстана и социально-общественных дисциплин",
            "Department of History of Kazakhstan and Social-Public Disciplines",
        ),
        "Қазақстан тарихы",
        "Философия",
    ),
    _department(
        "military",
        "academy",
        "society",
        10,
        ("Әскери кафедра", "Военная кафедра", "Military Department"),
        "Әскери-медициналық дайындық",
    ),
    _department(
        "college_general",
        "college",
        "society",
        11,
        (
            "Жалпы білім беретін пәндер кафедрасы",
            "Кафедра общеобразовательных дисциплин",
            "Department of General Education Disciplines",
        ),
        "Математика",
        "Қазақ тілі мен әдебиеті",
    ),
    _department(
        "college_morphology",
        "college",
        "basic",
        10,
        (
            "Морфологиялық пәндер кафедрасы",
            "Кафедра морфологических дисциплин",
            "Department of Morphological Disciplines",
        ),
        "Анатомия және физиология",
    ),
    _department(
        "college_clinical",
        "college",
        "nursing",
        12,
        (
            "Клиникалық пәндер – 1 кафедрасы",
            "Кафедра клинических дисциплин – 1",
            "Department of Clinical Disciplines – 1",
        ),
        "Терапиядағы мейіргер ісі",
    ),
    _department(
        "college_nursing",
        "college",
        "nursing",
        13,
        (
            "Мейіргер ісі – 1 кафедрасы",
            "Кафедра «Сестринское дело – 1»",
            "Department of Nursing – 1",
        ),
        "Мейіргер ісі негіздері",
        "Инфекциялық бақылау",
    ),
    _department(
        "college_pharmacy",
        "college",
        "pharmacy",
        10,
        (
            "Фармацевтикалық пәндер кафедрасы",
            "Кафедра фармацевтических дисциплин",
            "Department of Pharmaceutical Disciplines",
        ),
        "Дәрілік формалар технологиясы",
    ),
]

ADMINISTRATION = [
    Planned(
        "centre",
        Kind.CENTRE,
        "academy",
        "Құзыреттілік және қосымша кәсіби білім беру орталығы",
        "Центр компетенций и дополнительного профессионального образования",
        "Center for Competence and Additional Professional Education",
        specialists=2,
        deputy="орталық басшысының орынбасары",
        vice_rector="clinical",
    ),
    Planned(
        "nonformal",
        Kind.DIVISION,
        "centre",
        "Денсаулық сақтау саласындағы мамандарға қосымша және формальды емес білім беру бөлімі",
        "Отдел дополнительного и неформального образования специалистов здравоохранения",
        "Department of Continuing and Non-formal Education for Healthcare Professionals",
        specialists=4,
        jobs=("әдіскер", "маман"),
    ),
    Planned(
        "development",
        Kind.DIVISION,
        "centre",
        "ПОҚ-ның кәсіби біліктілігін арттыру бөлімі",
        "Отдел повышения квалификации ППС",
        "Department of Professional Development for Academic Staff",
        specialists=4,
        jobs=("әдіскер", "бас маман"),
    ),
    Planned(
        "digital",
        Kind.DIVISION,
        "centre",
        "Білім беруді цифрлық қолдау және педагогикалық құзыреттілігін арттыру бөлімі",
        "Отдел цифровой поддержки образования и педагогических компетенций",
        "Department of Digital Education Support and Pedagogical Competence Development",
        specialists=4,
        jobs=("бағдарламашы", "жүйелік әкімші", "маман"),
    ),
    Planned(
        "personnel",
        Kind.DIVISION,
        "academy",
        "Кадрлық қызмет бөлімі",
        "Отдел кадровой службы",
        "Personnel Department",
        specialists=6,
        jobs=("кадр инспекторы", "бас маман"),
    ),
    Planned(
        "legal",
        Kind.DIRECTORATE,
        "academy",
        "Әкімшілік және құқықтық қамтамасыз ету басқармасы",
        "Управление административного и правового обеспечения",
        "Department of Administrative and Legal Support",
        specialists=4,
    ),
    Planned(
        "legal_support",
        Kind.DIVISION,
        "legal",
        "Құқықтық қамтамасыз ету бөлімі",
        "Отдел правового обеспечения",
        "Legal Support Division",
        specialists=4,
        jobs=("заңгер", "бас заңгер"),
    ),
    Planned(
        "chancellery",
        Kind.OFFICE,
        "legal",
        "Кеңсе",
        "Канцелярия",
        "General Office",
        specialists=4,
        jobs=("іс жүргізуші", "мұрағатшы"),
        head="кеңсе меңгерушісі",
    ),
    Planned(
        "finance",
        Kind.DIRECTORATE,
        "academy",
        "Қаржы-экономикалық басқармасы",
        "Финансово-экономическое управление",
        "Financial and Economic Directorate",
        specialists=10,
        jobs=("экономист", "бухгалтер", "аға бухгалтер"),
        deputy="бас бухгалтер – басқарма басшысының орынбасары",
    ),
    Planned(
        "strategy",
        Kind.DIRECTORATE,
        "academy",
        "Стратегиялық даму және халықаралық ынтымақтастық басқармасы",
        "Управление стратегического развития и международного сотрудничества",
        "Directorate of Strategic Development and International Cooperation",
        specialists=3,
        vice_rector="science",
    ),
    Planned(
        "cooperation",
        Kind.DIVISION,
        "strategy",
        "Стратегиялық даму және халықаралық ынтымақтастық бөлімі",
        "Отдел стратегического развития и международного сотрудничества",
        "Division of Strategic Development and International Cooperation",
        specialists=4,
    ),
    Planned(
        "quality",
        Kind.DIVISION,
        "academy",
        "Сапаны қамтамасыз ету және мониторинг бөлімі",
        "Отдел обеспечения качества и мониторинга",
        "Department of Quality Assurance and Monitoring",
        specialists=4,
        vice_rector="academic",
    ),
    Planned(
        "methodology",
        Kind.CENTRE,
        "academy",
        "Оқу-әдістемелік орталығы",
        "Учебно-методический центр",
        "Educational and Methodological Center",
        specialists=6,
        jobs=("әдіскер", "аға әдіскер"),
        vice_rector="academic",
    ),
    Planned(
        "registrar",
        Kind.OFFICE,
        "academy",
        "Тіркеу офисі",
        "Офис регистратора",
        "Registrar's Office",
        specialists=5,
        jobs=("тіркеуші", "маман"),
        vice_rector="academic",
    ),
    Planned(
        "skills",
        Kind.CENTRE,
        "academy",
        "Тәжірибелік дағдылар орталығы",
        "Центр практических навыков",
        "Centre of Practical Skills",
        specialists=5,
        jobs=("симуляциялық оқыту инженері", "маман"),
        vice_rector="clinical",
    ),
    Planned(
        "sport",
        Kind.CENTRE,
        "academy",
        "Дене тәрбиесі орталығы",
        "Центр физического воспитания",
        "Center for Physical Education",
        subject="society",
        teachers=9,
        vice_rector="social",
        disciplines=("Дене шынықтыру",),
    ),
    Planned(
        "clinical_work",
        Kind.DIVISION,
        "academy",
        "Клиникалық жұмыстар және дәлелді медицина бөлімі",
        "Отдел клинических работ и доказательной медицины",
        "Department of Clinical Work and Evidence-Based Medicine",
        specialists=4,
        vice_rector="clinical",
    ),
    Planned(
        "science",
        Kind.DIRECTORATE,
        "academy",
        "Ғылыми жұмыстар, докторантура және магистратура басқармасы",
        "Управление научной работы, докторантуры и магистратуры",
        "Directorate of Scientific Work, Doctoral and Master's Programs",
        specialists=2,
        vice_rector="science",
    ),
    Planned(
        "research",
        Kind.DIVISION,
        "science",
        "Ғылыми жұмыстар бөлімі",
        "Отдел научных работ",
        "Department of Scientific Works",
        specialists=2,
        researchers=17,
    ),
    Planned(
        "doctoral",
        Kind.SECTOR,
        "science",
        "Докторантура және магистратура секторы",
        "Сектор по докторантуре и магистратуре",
        "Sector of Doctoral and Master's Degree",
        specialists=3,
    ),
    Planned(
        "projects",
        Kind.OFFICE,
        "science",
        "Жобаларды басқару және коммерцияландыру офисі",
        "Офис управления проектами и коммерциализации",
        "Project Management and Commercialization Office",
        specialists=2,
        researchers=9,
    ),
    Planned(
        "youth",
        Kind.DIVISION,
        "academy",
        "Жастар саясаты бөлімі",
        "Отдел молодёжной политики",
        "Department of Youth Policy",
        specialists=4,
        vice_rector="social",
    ),
    Planned(
        "maintenance",
        Kind.DIRECTORATE,
        "academy",
        "Әкімшілік-шаруашылық департаменті",
        "Административно-хозяйственный департамент",
        "Administrative and Economic Department",
        specialists=10,
        jobs=("инженер", "шаруашылық меңгерушісі", "маман"),
        head="департамент басшысы",
        deputy="департамент басшысының орынбасары",
    ),
    Planned(
        "press",
        Kind.OFFICE,
        "academy",
        "Баспасөз қызметі",
        "Пресс-служба",
        "Press Service",
        specialists=3,
        jobs=("журналист", "маман"),
        head="баспасөз хатшысы",
    ),
]

UNITS = TOP + DEPARTMENTS + ADMINISTRATION


def codes() -> dict[str, str]:
    """Unit code by key, made as the registry makes them: kind and a running number («D-017»)."""
    numbers: Counter[Kind] = Counter()
    made = {}
    for unit in UNITS:
        numbers[unit.kind] += 1
        made[unit.key] = f"{CODE_LETTERS[unit.kind]}-{numbers[unit.kind]:03d}"
    return made
