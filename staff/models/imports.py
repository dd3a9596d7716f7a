"""What came in from Excel: each file, what it changed, and how to take it back as a whole."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class ImportRun(models.Model):
    """One workbook brought in: checked, previewed, confirmed, done, perhaps undone."""

    class Kind(models.TextChoices):
        STAFF = "staff", _("registry of staff")
        TRAINING = "training", _("training records")

    class State(models.TextChoices):
        QUEUED = "queued", _("waiting for the check")
        CHECKING = "checking", _("being checked")
        CHECKED = "checked", _("checked, waiting for confirmation")
        CONFIRMED = "confirmed", _("confirmed, waiting")
        APPLYING = "applying", _("being brought in")
        DONE = "done", _("brought in")
        REFUSED = "refused", _("refused")
        DISCARDED = "discarded", _("discarded")
        FAILED = "failed", _("failed")
        UNDOING = "undoing", _("being undone")
        UNDONE = "undone", _("undone")

    kind = models.CharField(_("what"), max_length=10, choices=Kind)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.QUEUED)
    file = models.ForeignKey(
        "workflow.StoredFile",
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("file"),
    )
    file_name = models.CharField(_("file"), max_length=200)
    skip_invalid = models.BooleanField(_("leave out rows with errors"), default=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("by"),
    )
    created_at = models.DateTimeField(_("brought on"), auto_now_add=True)
    touched_at = models.DateTimeField(auto_now=True)
    finished_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    count_new = models.PositiveIntegerField(_("new"), default=0)
    count_changed = models.PositiveIntegerField(_("changed"), default=0)
    count_unchanged = models.PositiveIntegerField(_("unchanged"), default=0)
    count_rejected = models.PositiveIntegerField(_("rejected"), default=0)
    notices = models.JSONField(default=list)
    problem = models.JSONField(null=True)

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("import")
        verbose_name_plural = _("imports")

    def __str__(self) -> str:
        return self.file_name

    @property
    def path(self) -> Path:
        """Where the workbook lies; a run without its file cannot be checked or brought in."""
        if self.file is None:
            raise ValueError(f"import {self.pk} has no file")
        return Path(self.file.content.path)

    @property
    def is_working(self) -> bool:
        return self.state in {
            self.State.QUEUED,
            self.State.CHECKING,
            self.State.CONFIRMED,
            self.State.APPLYING,
            self.State.UNDOING,
        }


class ImportEntry(models.Model):
    """One row of a workbook that did something: what it made, changed, or why it was refused.

    ``problems`` are message keys with their values, put into words in the reader's language.
    ``differences`` are what a reader sees of a change: field, old and new value.
    ``changes`` is what undoing needs: per object its model, key, and the values before and after.
    """

    class Outcome(models.TextChoices):
        NEW = "new", _("new")
        CHANGED = "changed", _("changed")
        UNCHANGED = "unchanged", _("unchanged")
        REJECTED = "rejected", _("rejected")

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="entries")
    row = models.PositiveIntegerField(_("row"))
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome)
    label = models.CharField(_("employee"), max_length=260, blank=True)
    problems = models.JSONField(default=list)
    differences = models.JSONField(default=list)
    changes = models.JSONField(default=list)

    class Meta:
        ordering = ["row", "pk"]
        indexes = [models.Index(fields=["run", "outcome", "row"])]

    def __str__(self) -> str:
        return f"{self.run_id}:{self.row}"
