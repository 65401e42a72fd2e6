"""Fit the weights of `retrieval.draft.confidence` on the seeded demo shops.

    copilot seed && python -m evals.confidence_fit demo/questions.yaml

COPILOT_DATA_DIR names the installation that holds the demo.

An example is right when the first quoted sentence stands in an article that answers: for the questions of
`demo/questions.yaml` the articles named there, for the first message of a demo ticket every article that names the
ticket's intent (a weak label). Each answerable one comes a second time with its right articles withheld, which is what
a gap in the knowledge looks like. Those weigh a quarter, so that one question in four has no answer; tickets weigh
less than questions. Folds are by text. Prints the constants and the cross-validated precision and coverage.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_predict
from sqlalchemy import select as rows_of

from copilot.runtime import Runtime
from core.errors import InvalidInput
from core.settings import get_settings
from core.yaml_text import parse_yaml
from knowledge.models import Article
from records.shops.models import Shop
from records.tickets.models import Message, Ticket
from retrieval.draft.confidence import Features, features
from retrieval.draft.selection import candidates, select
from retrieval.types import PUBLIC, Classification, Hit, SearchScope

NO_ARTICLE = frozenset({"greeting_thanks", "human_agent", "complaint"})  # answered by a person, not by an article
KINDS = {"question": 1.0, "question-withheld": 0.25, "unanswerable": 1.0, "ticket": 0.3, "ticket-withheld": 0.075}
STRENGTHS = (0.1, 1.0, 10.0)
THRESHOLDS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
_FOLDS = 5

Right = Callable[[Hit], bool]
Questions = Mapping[str, Sequence[Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Asked:
    """A customer's text in a shop, and which hits answer it (None: nothing does)."""

    kind: str
    shop: str
    language: str
    text: str
    right: Right | None


@dataclass(frozen=True, slots=True)
class Example:
    kind: str
    text: str
    found: Features
    right: bool


def collect(runtime: Runtime, questions: Questions) -> list[Example]:
    """Every question and ticket searched among the articles, as they are and with the right ones withheld."""
    engine = runtime.engine()
    with runtime.db.reading() as session:
        shops = {row.code: row.id for row in session.scalars(rows_of(Shop))}
        asked = list(_asked(runtime, questions))
    examples = []
    for one in asked:
        scope = SearchScope(shop=shops[one.shop], source_kinds=frozenset({"article"}), audiences=frozenset({PUBLIC}))
        vector = engine.encoder.encode_queries([one.text])[0]
        intent = engine.classifier.predict(one.text, vector, one.language)
        hits = engine.searcher.search_vector(one.text, vector, scope, 10, one.language).hits
        examples.append(_example(one, hits, intent))
        if right := one.right:
            rest = tuple(hit for hit in hits if not right(hit))
            gap = replace(one, kind=f"{one.kind}-withheld", right=None)
            examples.append(_example(gap, rest, intent))
    return examples


def _asked(runtime: Runtime, questions: Questions) -> Iterator[Asked]:
    with runtime.db.reading() as session:
        articles = {f"article:{row.id}": row for row in session.scalars(rows_of(Article))}
        shops = {row.id: row.code for row in session.scalars(rows_of(Shop))}
        tickets = session.execute(
            rows_of(Ticket.shop_id, Ticket.language, Ticket.intent, Message.text)
            .join(Message, Message.ticket_id == Ticket.id)
            .where(Message.seq == 1, Message.author_kind == "customer", Ticket.intent.is_not(None))
            .order_by(Ticket.id)
        ).all()
    if not articles or not tickets:
        raise InvalidInput("This installation has no demo articles and tickets. Run `copilot seed` in a new one.")

    def named(ids: frozenset[str]) -> Right:
        return lambda hit: articles[hit.passage.document_id].external_id in ids

    def of_intent(intent: str) -> Right:
        return lambda hit: intent in articles[hit.passage.document_id].intents

    for row in questions["answerable"]:
        right = named(frozenset({row["article"], *row.get("also", ())}))
        yield Asked("question", row["shop"], row["language"], row["text"], right)
    for row in questions["unanswerable"]:
        yield Asked("unanswerable", row["shop"], row["language"], row["text"], None)
    for shop, language, intent, text in tickets:
        if intent and intent not in NO_ARTICLE:
            yield Asked("ticket", shops[shop], language or "zh", text, of_intent(intent))


def _example(one: Asked, hits: tuple[Hit, ...], intent: Classification) -> Example:
    chosen = select(candidates(one.text, hits, one.language))
    found = features(one.text, one.language, hits, chosen, intent)
    return Example(one.kind, one.text, found, bool(one.right and chosen and one.right(chosen[0].hit)))


def fit(examples: list[Example]) -> tuple[float, dict[str, float], float, npt.NDArray[np.float64]]:
    """Bias, weights by feature, the strength chosen by cross-validation, and its out-of-fold probabilities."""
    values = np.array([list(asdict(each.found).values()) for each in examples])
    right = np.array([each.right for each in examples])
    weights = np.array([KINDS[each.kind] for each in examples])
    texts = np.unique([each.text for each in examples], return_inverse=True)[1]
    tried = {}
    for strength in STRENGTHS:
        model = LogisticRegression(C=strength, max_iter=5000)
        tried[strength] = cross_val_predict(
            model, values, right, groups=texts, cv=GroupKFold(_FOLDS), method="predict_proba",
            params={"sample_weight": weights},
        )[:, 1]  # fmt: skip
    strength = max(tried, key=lambda each: roc_auc_score(right, tried[each], sample_weight=weights))
    model = LogisticRegression(C=strength, max_iter=5000).fit(values, right, sample_weight=weights)
    named = dict(zip(asdict(examples[0].found), (round(float(w), 2) for w in model.coef_[0]), strict=True))
    return round(float(model.intercept_[0]), 2), named, strength, tried[strength]


def main(arguments: list[str]) -> int:
    questions = parse_yaml(Path(arguments[0]).read_text(encoding="utf-8"))
    runtime = Runtime(get_settings())
    try:
        examples = collect(runtime, questions)
    finally:
        runtime.close()
    bias, weights, strength, predicted = fit(examples)
    kinds, right = np.array([each.kind for each in examples]), np.array([each.right for each in examples])
    sample = np.array([KINDS[each.kind] for each in examples])
    area = roc_auc_score(right, predicted, sample_weight=sample)
    sys.stdout.write(f"{len(examples)} examples, C={strength}, AUROC {area:.3f}\n")
    for threshold in THRESHOLDS:
        cells = []
        for kind in KINDS:
            stated = predicted[kinds == kind] >= threshold
            correct = right[kinds == kind][stated]
            precision = f", {correct.mean():.2f} right" if correct.any() else ""
            cells.append(f"{kind} {stated.mean():.2f} drafted{precision}")
        sys.stdout.write(f"  {threshold}: {'; '.join(cells)}\n")
    sys.stdout.write(f"BASE = {bias}\nWEIGHTS = {weights}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
