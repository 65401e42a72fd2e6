"""A customer's letter as it was laid out: a page of its own for a sandboxed frame, in which nothing runs."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query
from fastapi.responses import HTMLResponse

from api.deps import Reading, allowed
from api.versioned import versioned
from channels.html import clean_html, has_images, without_images
from copilot.policies import Permission
from records.principals import Principal
from records.tickets import queries

router = versioned("/tickets", tags=["tickets"])
Reader = Annotated[Principal, Depends(allowed(Permission.READ_TICKETS))]
_STYLE = (
    "body{font:14px/1.6 system-ui,'PingFang SC','Microsoft YaHei','Noto Sans CJK SC',sans-serif;margin:8px;"
    "color:#1c2426;background:#fff;overflow-wrap:anywhere}img{max-width:100%;height:auto}table{max-width:100%}"
    "blockquote{margin:0 0 0 8px;padding-left:8px;border-left:3px solid #c9d1d3;color:#4a5659}"
)


@router.get("/{ticket_id}/messages/{message_id}/html", response_class=HTMLResponse)
def read_html(
    ticket_id: int,
    message_id: int,
    session: Reading,
    principal: Reader,
    images: Annotated[bool, Query(description="load remote images: it tells their owner that you read this")] = False,
) -> HTMLResponse:
    """The letter, cleaned. For a frame of this site only; without `images` nothing is loaded from elsewhere."""
    queries.get_ticket(session, principal, ticket_id)
    html = clean_html(queries.get_html(session, ticket_id, message_id))
    body = html if images else without_images(html)
    source = "https: data:" if images else "'none'"
    head = f'<meta charset="utf-8"><style>{_STYLE}</style>'
    marked = f'<body data-images="{int(has_images(html))}">{body}</body>'
    page = f"<!doctype html><html><head>{head}</head>{marked}</html>"
    return HTMLResponse(
        page,
        headers={
            "Content-Security-Policy": (
                f"default-src 'none'; style-src 'unsafe-inline'; img-src {source}; "
                "frame-ancestors 'self'; sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox"
            ),
            "X-Frame-Options": "SAMEORIGIN",
            "Referrer-Policy": "no-referrer",
        },
    )
