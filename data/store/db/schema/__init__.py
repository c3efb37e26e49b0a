"""All tables: whoever needs each of them imports `metadata` from here."""

from data.store.db.schema import accounts, citizens, incidents, intake, reports
from data.store.db.schema.cases import metadata

__all__ = ["accounts", "citizens", "incidents", "intake", "metadata", "reports"]
