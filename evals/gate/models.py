from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, BigId, PrimaryKey, db_now


class GatePreview(Base):
    """What an editor was told before publishing. `content` is a digest of the draft's text and the article's scope.

    `result` is the preview as JSON; `falls`: it fell significantly. `override`: why a supervisor published it even so.
    """

    __tablename__ = "gate_previews"

    id: Mapped[PrimaryKey]
    article_id: Mapped[int] = mapped_column(BigId, ForeignKey("articles.id", ondelete="CASCADE"), index=True)
    article_version_id: Mapped[int] = mapped_column(BigId, ForeignKey("article_versions.id", ondelete="CASCADE"))
    content: Mapped[str] = mapped_column(String(64))
    falls: Mapped[bool] = mapped_column(default=False, server_default=false())
    result: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_by: Mapped[int | None] = mapped_column(BigId, ForeignKey("staff.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=db_now())
    published_at: Mapped[datetime | None]
    override: Mapped[str] = mapped_column(Text, default="", server_default="")
    overridden_by: Mapped[int | None] = mapped_column(BigId, ForeignKey("staff.id"))
