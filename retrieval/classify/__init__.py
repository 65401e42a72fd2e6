"""What a message is about: intent, category, priority, language, with calibrated confidence and abstention.

`load_default(encoder)` works without labels; `retrieval.classify.training.train_classifier` learns from labelled
tickets (and is the only part that needs scikit-learn); `save` and `load` keep the result.
"""

from retrieval.classify.model import Classifier, Predictions
from retrieval.classify.priority import PriorityAssessment, assess_priority
from retrieval.classify.storage import load, save
from retrieval.classify.taxonomy import Intent, Taxonomy, load_taxonomy
from retrieval.classify.zero_label import load_default

__all__ = [
    "Classifier",
    "Intent",
    "Predictions",
    "PriorityAssessment",
    "Taxonomy",
    "assess_priority",
    "load",
    "load_default",
    "load_taxonomy",
    "save",
]
