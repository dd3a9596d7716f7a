"""The role groups, and the four norms of regulation Е 464-2025 (clauses 3.4, 4.3–4.5)."""

import datetime as dt

from django.db import migrations

ROLES = [
    "administrator",
    "hr",
    "training_centre",
    "rector",
    "vice_rector",
    "international",
    "finance",
    "legal",
]
BASIS = "Е 464-2025"
REQUIREMENTS = [
    {
        "code": "university_teacher",
        "name_kk": "ПОҚ: үш жылда 72 сағат, пән бейіні бойынша",
        "name_ru": "ППС: 72 часа за три года, по профилю дисциплин",
        "name_en": "University teachers: 72 hours in three years, by discipline profile",
        "clause": "4.3",
        "categories": ["university_teacher"],
        "hours": 72,
        "areas": ["profile"],
    },
    {
        "code": "college_teacher",
        "name_kk": "Колледж ПОҚ: үш жылда 36 сағат, пән бейіні бойынша",
        "name_ru": "ППС колледжа: 36 часов за три года, по профилю дисциплин",
        "name_en": "College teachers: 36 hours in three years, by discipline profile",
        "clause": "4.4",
        "categories": ["college_teacher"],
        "hours": 36,
        "areas": ["profile"],
    },
    {
        "code": "administrative_leader",
        "name_kk": "ӘБП басшылары мен орынбасарлары: үш жылда бір рет, менеджмент",
        "name_ru": "Руководители АУП и их заместители: раз в три года, менеджмент",
        "name_en": "Heads in the administration and deputies: once in three years, management",
        "clause": "4.5",
        "categories": ["administrative", "university_teacher", "college_teacher"],
        "leaders_only": True,
        "areas": ["management"],
    },
    {
        "code": "general",
        "name_kk": "Өзге қызметкерлер: үш жылда кемінде бір рет",
        "name_ru": "Остальные работники: не реже одного раза в три года",
        "name_en": "Everybody else: at least once in three years",
        "clause": "3.4",
        "residual": True,
    },
]


def forwards(apps, schema_editor):
    group = apps.get_model("auth", "Group")
    policy = apps.get_model("staff", "RolePolicy")
    for name in ROLES:
        role, _created = group.objects.get_or_create(name=name)
        policy.objects.get_or_create(group=role)
    requirement = apps.get_model("staff", "TrainingRequirement")
    history = apps.get_model("staff", "HistoricalTrainingRequirement")
    for values in REQUIREMENTS:
        row = requirement.objects.create(basis=BASIS, **values)
        history.objects.create(
            history_date=dt.datetime.now(tz=dt.UTC),
            history_type="+",
            history_change_reason=BASIS,
            **{
                field.attname: getattr(row, field.attname)
                for field in requirement._meta.concrete_fields
            },
        )


def backwards(apps, schema_editor):
    apps.get_model("staff", "TrainingRequirement").objects.filter(valid_from=None).delete()
    apps.get_model("auth", "Group").objects.filter(name__in=ROLES).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("staff", "0002_initial"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]
    operations = [migrations.RunPython(forwards, backwards)]
