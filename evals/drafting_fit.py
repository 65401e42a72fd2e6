"""Fit the weights of `retrieval.draft.selection` on the selection half of a BEIR folder with answer spans.

    python -m evals.drafting_fit ../shared/data/retrieval/zh_passages

Prints the constants to commit and the cross-validated figures that they were chosen by. Folds are by question, every
`set` weighs the same (at most SAMPLE questions of each), and the report half is never read.
"""

from __future__ import annotations

import sys
from collections import Counter
from hashlib import sha256
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss, roc_auc_score
from sklearn.model_selection import GroupKFold, cross_val_predict

from core.settings import get_settings
from evals.beir import load_beir
from evals.drafting import QuestionHits, retrieve, tally
from retrieval.draft.selection import FEATURES, measured
from retrieval.encoder.load import load_encoder
from retrieval.language import detect

STRENGTHS = (0.01, 0.1, 1.0)
_FOLDS = 5
SAMPLE = 300


def fit(searched: list[QuestionHits]) -> tuple[float, dict[str, float], dict[str, float]]:
    """Bias, weights by feature, and cross-validated figures, by logistic regression of "this sentence is gold"."""
    rows, labels, questions, sets = [], [], [], []
    for number, one in enumerate(searched):
        language = "zh" if detect(one.query.text) == "zh" else "en"
        for hit, _, unit, values in measured(one.query.text, one.hits, language):
            rows.append([values[name] for name in FEATURES])
            labels.append(tally(one, [(unit.text, frozenset({hit.passage.document_id}))]).gold)
            questions.append(number)
            sets.append(one.query.group("set"))
    features, gold, groups = np.array(rows), np.array(labels), np.array(questions)
    sizes = Counter(sets)
    weights = np.array([len(sets) / (len(sizes) * sizes[name]) for name in sets])
    varying = features.std(axis=0) > 0
    tried = {}
    for strength in STRENGTHS:
        model = LogisticRegression(C=strength, max_iter=2000)
        predicted = cross_val_predict(
            model, features, gold, groups=groups, cv=GroupKFold(_FOLDS), method="predict_proba",
            params={"sample_weight": weights},
        )[:, 1]  # fmt: skip
        order = np.lexsort((-predicted, groups))
        best = order[np.unique(groups[order], return_index=True)[1]]
        tried[strength] = {
            "log_loss": float(log_loss(gold, predicted, sample_weight=weights)),
            "auroc": float(roc_auc_score(gold, predicted)),
            "best_sentence_gold": float(gold[best].mean()),
        }
    strength = min(tried, key=lambda each: tried[each]["log_loss"])
    model = LogisticRegression(C=strength, max_iter=2000).fit(features, gold, sample_weight=weights)
    found = {
        name: round(float(w), 2) if v else 0.0 for name, w, v in zip(FEATURES, model.coef_[0], varying, strict=True)
    }
    return round(float(model.intercept_[0]), 2), found, {"C": strength, **tried[strength]}


def main(arguments: list[str]) -> int:
    settings = get_settings()
    dataset = load_beir(Path(arguments[0]), group_by="set")
    cache = settings.data_dir / "cache" / "embeddings"
    searched, _ = retrieve(dataset, load_encoder(settings), cache, "selection", lambda stage, done, total: None)
    by_set: dict[str, list[QuestionHits]] = {}
    for one in sorted(searched, key=lambda each: sha256(each.query.id.encode()).digest()):
        by_set.setdefault(one.query.group("set"), []).append(one)
    bias, weights, figures = fit([one for group in by_set.values() for one in group[:SAMPLE]])
    sys.stdout.write(f"{figures}\nBIAS = {bias}\nWEIGHTS = {weights}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
