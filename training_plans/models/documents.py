"""What is handed in after the end: the confirming document and the trainee's report (7.2, 7.14)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from interface.text import search_key
from staff.models import Area, Person, Provider, TrainingRecord, Unit
from workflow.models import IssuedPaper, StoredFile

from .cases import TrainingApplication


class EvidenceQuerySet(models.QuerySet["Evidence"]):
    def awaiting_hr(self) -> EvidenceQuerySet:
        """Sent; a document whose order was cancelled meanwhile waits for nobody."""
        stands = Q(application__isnull=True) | Q(
            application__state__in=TrainingApplication.AFTER_ORDER
        )
        return self.filter(stands, state=Evidence.State.SENT)

    def visible_to(self, user: Any) -> EvidenceQuerySet:
        """One's own; HR and who watches everybody all that was sent; a head those of the units."""
        own = Q(person_id=user.person_id) if user.person_id else Q(pk__in=[])
        sent = ~Q(state=Evidence.State.DRAFT)
        if user.sees_everybody:
            return self.filter(own | sent)
        units = Unit.objects.in_charge_of(user)
        return self.filter(own | (sent & Q(application__unit__in=units)))


class Evidence(models.Model):
    """The confirming document of a training, until HR has verified it into the ledger (3.10).

    Of a case, or handed in without one (``application`` empty) for training taken on one's own.
    Days and hours are the actual ones. Only a verified one makes a training record.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("being prepared")
        SENT = "sent", _("waiting for HR")
        RETURNED = "returned", _("returned by HR")
        VERIFIED = "verified", _("verified by HR")
        WITHDRAWN = "withdrawn", _("withdrawn")

    class Document(models.TextChoices):
        CERTIFICATE = "certificate", _("certificate")
        TESTIMONIAL = "testimonial", _("certificate of qualification")
        DIPLOMA = "diploma", _("diploma")
        STATEMENT = "statement", _("statement")
        REVIEW = "review", _("supervisor's review")

    application = models.OneToOneField(
        TrainingApplication,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="evidence",
        verbose_name=_("application"),
    )
    person = models.ForeignKey(
        Person, on_delete=models.PROTECT, related_name="evidence", verbose_name=_("employee")
    )
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT)
    topic = models.CharField(_("topic"), max_length=300, blank=True)
    area = models.CharField(_("area"), max_length=12, choices=Area, blank=True)
    form = models.CharField(
        _("form"), max_length=10, choices=TrainingRecord.Form, default=TrainingRecord.Form.COURSE
    )
    mode = models.CharField(_("mode"), max_length=10, choices=TrainingRecord.Mode, blank=True)
    provider = models.ForeignKey(
        Provider,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("provider"),
    )
    country = models.CharField(_("country"), max_length=80, blank=True)
    starts_on = models.DateField(_("actual start"), null=True, blank=True)
    ends_on = models.DateField(_("actual end"), null=True, blank=True)
    hours = models.DecimalField(
        _("hours on the document"),
        max_digits=6,
        decimal_places=1,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal("0.1"))],
    )
    credits = models.DecimalField(
        _("credits"), max_digits=4, decimal_places=1, null=True, blank=True
    )
    cost = models.DecimalField(
        _("cost, tenge"),
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
    )
    document_type = models.CharField(
        _("kind of document"), max_length=12, choices=Document, default=Document.CERTIFICATE
    )
    document_number = models.CharField(_("document number"), max_length=80, blank=True)
    document_date = models.DateField(_("document date"), null=True, blank=True)
    document_issuer = models.CharField(_("issued by"), max_length=250, blank=True)
    verify_url = models.URLField(_("verification link"), max_length=500, blank=True)
    file = models.ForeignKey(
        StoredFile,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("file"),
    )
    sent_on = models.DateField(_("sent on"), null=True, blank=True)
    remark = models.TextField(_("remark of HR"), blank=True)
    compared_on = models.DateField(_("compared with the original on"), null=True, blank=True)
    compared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    kept_at = models.CharField(
        _("where the copy is kept (personal file, volume)"), max_length=120, blank=True
    )
    record = models.OneToOneField(
        TrainingRecord,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="evidence",
        verbose_name=_("training record"),
    )
    document_key = models.CharField(max_length=80, editable=False, blank=True, db_index=True)

    history = HistoricalRecords(excluded_fields=["document_key"])
    objects = EvidenceQuerySet.as_manager()

    class Meta:
        ordering = ["sent_on", "pk"]
        verbose_name = _("confirming document")
        verbose_name_plural = _("confirming documents")
        constraints = [
            models.CheckConstraint(
                condition=Q(starts_on__isnull=True)
                | Q(ends_on__isnull=True)
                | Q(ends_on__gte=F("starts_on")),
                name="evidence_ends_after_start",
                violation_error_message=_("The training ends before it begins."),
            ),
            models.CheckConstraint(
                condition=~Q(state="verified") | Q(record__isnull=False),
                name="verified_evidence_has_a_record",
            ),
        ]
        indexes = [
            models.Index(fields=["state"], condition=Q(state="sent"), name="evidence_waiting")
        ]

    def __str__(self) -> str:
        return self.topic

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.document_key = search_key(self.document_number)[:80]
        super().save(*args, **kwargs)

    @property
    def can_be_edited(self) -> bool:
        return self.state in (self.State.DRAFT, self.State.RETURNED)


RATINGS = (
    "rating_relevance",
    "rating_content",
    "rating_trainer",
    "rating_organisation",
    "rating_applicability",
)


def _rating(label: Any) -> Any:
    return models.PositiveSmallIntegerField(
        label,
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(5)],
    )


class TraineeReportQuerySet(models.QuerySet["TraineeReport"]):
    def awaiting_centre(self) -> TraineeReportQuerySet:
        """Sent, and the order stands still."""
        return self.filter(
            state=TraineeReport.State.SENT,
            application__state__in=TrainingApplication.AFTER_ORDER,
        )


class TraineeReport(models.Model):
    """The trainee's report, Ү 464-002-2025 (forms.md §3), accepted by the Centre.

    ``modules``: rows of ``topic``, ``hours``, ``content``. ``proposals``: rows of ``what``,
    ``where``, ``how``, ``due``, ``effect`` (all text, days ISO), from which the implementation
    plan is made (7.15). ``materials``: rows of ``name``.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("being prepared")
        SENT = "sent", _("waiting for the Centre")
        RETURNED = "returned", _("returned by the Centre")
        ACCEPTED = "accepted", _("accepted by the Centre")

    application = models.OneToOneField(
        TrainingApplication,
        on_delete=models.PROTECT,
        related_name="report",
        verbose_name=_("application"),
    )
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT)
    goals = models.TextField(_("goals"), blank=True)
    modules = models.JSONField(_("modules studied"), default=list, blank=True)
    knowledge = models.TextField(_("knowledge, skills and competences gained"), blank=True)
    fulfilment = models.TextField(_("how the plan was fulfilled, deviations"), blank=True)
    materials = models.JSONField(_("materials brought"), default=list, blank=True)
    proposals = models.JSONField(_("proposals for implementation"), default=list, blank=True)
    rating_relevance = _rating(_("relevance"))
    rating_content = _rating(_("content"))
    rating_trainer = _rating(_("trainer"))
    rating_organisation = _rating(_("organisation"))
    rating_applicability = _rating(_("applicability"))
    recommend = models.BooleanField(_("recommends it to colleagues"), null=True, blank=True)
    future_needs = models.TextField(_("further needs of training"), blank=True)
    sent_on = models.DateField(_("sent on"), null=True, blank=True)
    remark = models.TextField(_("remark of the Centre"), blank=True)
    accepted_on = models.DateField(_("accepted on"), null=True, blank=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    paper = models.OneToOneField(
        IssuedPaper, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    history = HistoricalRecords()
    objects = TraineeReportQuerySet.as_manager()

    class Meta:
        ordering = ["sent_on", "pk"]
        verbose_name = _("trainee's report")
        verbose_name_plural = _("trainees' reports")
        constraints = [
            models.CheckConstraint(
                condition=Q(**{f"{name}__isnull": True}) | Q(**{f"{name}__range": (1, 5)}),
                name=f"{name}_from_one_to_five",
            )
            for name in RATINGS
        ]
        indexes = [models.Index(fields=["state"], condition=Q(state="sent"), name="report_waiting")]

    def __str__(self) -> str:
        return f"{self.application_id}"

    @property
    def can_be_edited(self) -> bool:
        return self.state in (self.State.DRAFT, self.State.RETURNED)
