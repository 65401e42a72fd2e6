"""Figures of what happened. Each is defined in docs/insights.md; an agent gets those of its own tickets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any, Literal, TypeVar

from fastapi import Depends, Query, Response

from api.deps import Reading, allowed
from api.schemas.common import Row
from api.schemas.insights import (
    AutomationOut,
    Compared,
    DraftsOut,
    GrantDeedsOut,
    LoadOut,
    LoadsOut,
    PeriodOut,
    QueueOut,
    Reported,
    SatisfactionFiguresOut,
    TimesOut,
    VolumesOut,
)
from api.versioned import versioned
from copilot.policies import Permission
from insights import automation as automation_figures
from insights import drafts as draft_figures
from insights import export, people, queue, satisfaction, times, volumes
from insights.periods import Period, Preset, period_of
from insights.scope import Scope, scope_for
from records.principals import Principal

router = versioned("/insights", tags=["insights"])
Reader = Annotated[Principal, Depends(allowed(Permission.READ_INSIGHTS))]
Everything = Annotated[Principal, Depends(allowed(Permission.READ_ALL_INSIGHTS))]
F = TypeVar("F", bound=Row)


@dataclass(frozen=True, slots=True)
class Asked:
    scope: Scope
    period: Period

    @property
    def own(self) -> bool:
        return self.scope.staff_id is not None


def asked(
    session: Reading,
    principal: Reader,
    shop_id: Annotated[int | None, Query(description="left out: all shops that you work for")] = None,
    period: Annotated[Preset, Query(description="the last days including today, or custom")] = "7d",
    first: Annotated[date | None, Query(alias="from", description="first local day of a custom period")] = None,
    last: Annotated[date | None, Query(alias="to", description="last local day of a custom period")] = None,
    timezone: Annotated[
        str | None, Query(max_length=64, description="yours: taken where shops' clocks differ and one is like it")
    ] = None,
) -> Asked:
    scope = scope_for(session, principal, shop_id, timezone=timezone)
    return Asked(scope, period_of(period, scope.timezone, now=datetime.now(UTC), first=first, last=last))


About = Annotated[Asked, Depends(asked)]
BusinessHours = Annotated[bool, Query(description="count only time in which the ticket's shop is open")]


@router.get("/queue")
def read_queue(session: Reading, principal: Reader, shop_id: int | None = None) -> QueueOut:
    """What is open now, and who has waited longest."""
    scope = scope_for(session, principal, shop_id)
    shown = QueueOut.model_validate(queue.queue(session, scope))
    return shown.model_copy(update={"own": scope.staff_id is not None})


@router.get("/times")
def read_times(session: Reading, about: About, business_hours: BusinessHours = False) -> Compared[TimesOut]:
    """First response and resolution."""
    return _compared(about, TimesOut, lambda at: times.times(session, about.scope, at, business_hours=business_hours))


@router.get("/volumes")
def read_volumes(session: Reading, about: About) -> Compared[VolumesOut]:
    """Tickets by day, hour, channel, intent and language."""
    return _compared(about, VolumesOut, lambda at: volumes.volumes(session, about.scope, at))


@router.get("/drafts")
def read_drafts(session: Reading, about: About) -> Compared[DraftsOut]:
    """What agents did with the drafts they were offered."""
    return _compared(about, DraftsOut, lambda at: draft_figures.drafts(session, about.scope, at))


@router.get("/automation")
def read_automation(session: Reading, about: About) -> Compared[AutomationOut]:
    """What the bot answered by itself, and why it did not."""
    return _compared(about, AutomationOut, lambda at: automation_figures.automation(session, about.scope, at))


@router.get("/satisfaction")
def read_satisfaction(session: Reading, about: About) -> Compared[SatisfactionFiguresOut]:
    """What customers said of their tickets."""
    return _compared(about, SatisfactionFiguresOut, lambda at: satisfaction.satisfaction(session, about.scope, at))


@router.get("/people")
def read_people(session: Reading, about: About) -> Reported[LoadsOut]:
    """What each member of staff holds, and did in the period."""
    loads = [LoadOut.model_validate(row) for row in people.load(session, about.scope, about.period)]
    return Reported(period=PeriodOut.model_validate(about.period), own=about.own, now=LoadsOut(people=loads))


@router.get("/grants")
def read_grant_deeds(session: Reading, principal: Everything) -> list[GrantDeedsOut]:
    """What each auto-send grant did since it was made; a grant that has sent nothing is not in the list."""
    deeds = automation_figures.grant_deeds(session, scope_for(session, principal))
    return [GrantDeedsOut.model_validate(row) for row in deeds]


@router.get("/export/{report}", response_class=Response, responses={200: {"content": {"text/csv": {}}}})
def export_report(
    report: Literal["times", "volumes", "drafts", "automation", "satisfaction", "people"],
    session: Reading,
    about: About,
    business_hours: BusinessHours = False,
) -> Response:
    """The same figures as a CSV file, with the counts that shares were made of."""
    text = export.report(session, about.scope, about.period, report, business_hours=business_hours)
    name = f"{report}-{about.period.first}-{about.period.last}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(text.encode("utf-8-sig"), media_type="text/csv; charset=utf-8", headers=headers)


def _compared(about: Asked, model: type[F], figures: Callable[[Period], Any]) -> Compared[F]:
    return Compared[model](  # type: ignore[valid-type]
        period=PeriodOut.model_validate(about.period),
        own=about.own,
        now=model.model_validate(figures(about.period)),
        before=model.model_validate(figures(about.period.before())),
    )
