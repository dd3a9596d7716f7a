"""The registry from Excel: ``import_staff FILE.xlsx [--dry-run] [--skip-invalid]``."""

from staff.management.import_command import ImportCommand


class Command(ImportCommand):
    help = "Brings people and posts in from an Excel file, as a whole or not at all."
    kind = "staff"
