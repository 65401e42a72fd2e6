"""The cases that two runs answer differently, both answers side by side, the worst changes first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.orm import Session

from evals.runs.running import get_run, results_of
from evals.runs.summary import BETTER, OTHER, WORSE, Effect, effect_of
from records.principals import Principal

ORDER: Final[tuple[Effect, ...]] = (WORSE, BETTER, OTHER)
Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Said:
    """What one run found (document ids in order) and said, with the case's own figures."""

    retrieved: list[str]
    said: dict[str, Any]
    metrics: dict[str, float]


@dataclass(frozen=True, slots=True)
class ChangedCase:
    """`expected` is the content of the case version that both runs measured (`evals.cases.versions.CONTENT`)."""

    case_id: int
    case_version: int
    effect: Effect
    expected: Mapping[str, Any]
    before: Said
    after: Said

    @property
    def place(self) -> Place:
        """By which they are sorted: what got worse first."""
        return ORDER.index(self.effect), self.case_id


def changed_cases(
    session: Session,
    reader: Principal,
    before: int,
    after: int,
    *,
    effect: Effect | None = None,
    behind: Place | None = None,
    limit: int = 50,
) -> list[ChangedCase]:
    """Cases that both runs measured in the same version and the reader may see, `behind` the last one of a page.

    Raises NotFound for a run that there is not.
    """
    get_run(session, before)
    get_run(session, after)
    old, new = (results_of(session, one, reader) for one in (before, after))
    found = []
    for case_id in old.keys() & new.keys():
        left, right = old[case_id], new[case_id]
        if left["version"] != right["version"] or (what := effect_of(left, right)) is None:
            continue
        if effect is None or what == effect:
            found.append(ChangedCase(case_id, left["version"], what, left["case"], _said(left), _said(right)))
    found.sort(key=lambda one: one.place)
    return [one for one in found if behind is None or one.place > behind][:limit]


def _said(result: Mapping[str, Any]) -> Said:
    return Said(result["hits"], result["said"], result["metrics"])
