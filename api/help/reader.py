"""Who is reading, as far as anybody needs to know: the site for them, how to reach a person, how often they asked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Depends, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from fastapi.routing import APIRoute
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from api.deps import RuntimeDep
from api.help import pages, wording
from api.help.site import LANGUAGES, Site, make_site, spoken
from api.rate_limit import RateLimit
from copilot.public_answer import MAX_QUESTION
from copilot.runtime import Runtime
from core.errors import CopilotError, NotFound
from core.security import sign
from core.settings import Settings
from knowledge.public.queries import PublicArticle, list_public

RECENT = 6
_STATUS_WORDS = {404: "missing", 413: "invalid", 422: "invalid", 429: "too_many", 503: "unavailable"}


@dataclass(frozen=True, slots=True)
class Limits:
    """How often an address may search, ask and vote."""

    searches: RateLimit
    questions: RateLimit
    votes: RateLimit


def limits_of(app: Any) -> Limits:
    """One a process."""
    if not hasattr(app.state, "help_limits"):
        app.state.help_limits = Limits(RateLimit(60, 60), RateLimit(12, 60), RateLimit(20, 60))
    limits: Limits = app.state.help_limits
    return limits


class Asking:
    """What the address and the headers say: `lang`, `shop`, Accept-Language, and where the request comes from."""

    def __init__(
        self,
        request: Request,
        runtime: RuntimeDep,
        lang: Annotated[str | None, Query(max_length=16)] = None,
        shop: Annotated[str | None, Query(max_length=64)] = None,
    ) -> None:
        self.request, self.runtime = request, runtime
        self.lang = lang if lang in LANGUAGES else None
        self.shop = shop or None

    @property
    def settings(self) -> Settings:
        return self.runtime.settings

    @property
    def language(self) -> str:
        return spoken(self.lang, self.request.headers.get("accept-language", ""))

    @property
    def address(self) -> str:
        return self.request.client.host if self.request.client else ""

    def site(self, session: Session, article: PublicArticle | None = None) -> Site:
        """Without `lang` an article's page speaks the article's language. Raises NotFound for an unknown shop."""
        language = spoken(self.lang or article.language, "") if article else self.language
        return make_site(session, self.settings, language=language, shop_code=self.shop, article=article)

    @property
    def limits(self) -> Limits:
        return limits_of(self.request.app)

    @property
    def visitor(self) -> str:
        """Tells apart readers of one day without a cookie and without keeping an address."""
        told = f"{today()}|{self.address}".encode()
        return sign(self.settings.secret_key.get_secret_value(), "help-visitor", told)

    def from_elsewhere(self) -> bool:
        """A form on somebody else's page was sent here."""
        return self.request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none")

    def wants_fragment(self) -> bool:
        """The script asks, and puts the part into the page that is open."""
        return self.request.headers.get("x-requested-with") == "fetch"


Ask = Annotated[Asking, Depends()]


def today() -> str:
    return datetime.now(UTC).date().isoformat()


def contact_url(settings: Settings, subject: str = "") -> str:
    """Empty when the shop has given none."""
    contact = settings.help_contact
    if "@" in contact and "://" not in contact:
        return f"mailto:{contact}" + (f"?subject={quote(subject)}" if subject else "")
    return contact if contact.startswith(("https://", "http://", "/")) else ""


class HelpRoute(APIRoute):
    """Errors as pages for people, in their language; what nobody foresaw stays with the application."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            try:
                return await handle(request)
            except CopilotError as error:
                return await problem(request, error.status, error.details)
            except RequestValidationError:
                return await problem(request, 422, {})
            except HTTPException as error:
                return await problem(request, error.status_code, {})

        return handled


async def problem(request: Request, status: int, details: dict[str, Any]) -> Response:
    """A page that says what happened and goes on from there: a search, the newest articles, a person."""
    return await run_in_threadpool(_problem, request, status, details)


def _problem(request: Request, status: int, details: dict[str, Any]) -> Response:
    runtime: Runtime = request.app.state.runtime
    asked = Asking(request, runtime, request.query_params.get("lang"), request.query_params.get("shop"))
    with runtime.db.reading() as session:
        try:
            site = asked.site(session)
        except NotFound:
            asked.shop = None
            site = asked.site(session)
        recent = list_public(session, site.shop_id, language=site.language, limit=RECENT)
    word = _STATUS_WORDS.get(status, "broken")
    wait = int(details.get("retry_after", 60))
    detail = wording.say(site.language, word, n=MAX_QUESTION if word == "invalid" else wait)
    if word == "missing":
        detail = wording.say(site.language, "missing_hint")
    response = pages.page(
        request,
        "problem.html",
        site,
        status=status,
        heading=wording.say(site.language, "missing" if word == "missing" else "problem"),
        detail=detail,
        question=request.query_params.get("q", "")[:MAX_QUESTION],
        recent=recent,
        contact=contact_url(runtime.settings),
    )
    if status == 429:
        response.headers["Retry-After"] = str(wait)
    return response
