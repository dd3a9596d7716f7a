"""The ledger from Excel: ``import_training FILE.xlsx [--dry-run] [--skip-invalid]``."""

from staff.management.import_command import ImportCommand


class Command(ImportCommand):
    help = "Brings training records in from an Excel file, as a whole or not at all."
    kind = "training"
