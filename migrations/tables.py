"""All tables, imported so that metadata is complete for Alembic and tests."""

import records.commerce.models
import records.imports.models
import records.people.models
import records.shops.models
import records.tickets.models  # noqa: F401
from core.db import Base

metadata = Base.metadata
