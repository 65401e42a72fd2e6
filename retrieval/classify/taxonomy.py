"""What the intents are: names, descriptions, example phrases and what follows from each of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast, get_args

import yaml

from core.errors import ConfigurationError
from core.yaml_text import parse_yaml

DEFAULT_INTENTS = Path(__file__).with_name("default_intents.yaml")

Priority = Literal["low", "normal", "high", "urgent"]
Topic = Literal["logistics", "refund", "order", "none"]
LANGUAGES = ("zh", "en")


@dataclass(frozen=True, slots=True)
class Intent:
    """One intent. `names`, `descriptions` and `phrases` are by language ("zh", "en").

    `risk`: an answer to it is never sent without an agent. `topic`: the customer's records that a reply needs.
    `stated`: those records answer it by themselves, where no other words speak against it.
    """

    id: str
    names: Mapping[str, str]
    category: str
    priority: Priority = "normal"
    risk: bool = False
    topic: Topic = "none"
    stated: bool = False
    descriptions: Mapping[str, str] | None = None
    phrases: Mapping[str, tuple[str, ...]] | None = None

    @property
    def texts(self) -> tuple[str, ...]:
        """Everything that says in words what the intent is: descriptions, names and phrases of all languages."""
        phrases = tuple(phrase for group in (self.phrases or {}).values() for phrase in group)
        return (*(self.descriptions or {}).values(), *self.names.values(), *phrases)


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """The intents of a shop, by id, in the order of the file."""

    intents: Mapping[str, Intent]

    def __getitem__(self, intent_id: str) -> Intent:
        """The intent, or a plain one (normal priority, no records) for a label that the taxonomy does not describe."""
        known = self.intents.get(intent_id)
        if known is not None:
            return known
        name = intent_id.replace("_", " ")
        return Intent(intent_id, dict.fromkeys(LANGUAGES, name), category=intent_id)

    def to_json(self) -> list[dict[str, Any]]:
        """Plain data that `parse_taxonomy` reads back: a trained classifier carries its taxonomy with it."""
        return [
            {
                "id": intent.id,
                "name": dict(intent.names),
                "category": intent.category,
                "priority": intent.priority,
                "risk": intent.risk,
                "topic": intent.topic,
                "stated": intent.stated,
                "description": dict(intent.descriptions or {}),
                "phrases": {language: list(group) for language, group in (intent.phrases or {}).items()},
            }
            for intent in self.intents.values()
        ]


def load_taxonomy(path: Path = DEFAULT_INTENTS) -> Taxonomy:
    """Read a taxonomy file (YAML, format in default_intents.yaml).

    Raises ConfigurationError that names the intent and the field when something is missing or unknown.
    """
    try:
        data = parse_yaml(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigurationError(f"The intent file {path} does not exist.", path=str(path)) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            f"The intent file {path} is not valid YAML in UTF-8: {error}", path=str(path)
        ) from None
    if not isinstance(data, dict) or not isinstance(data.get("intents"), list) or not data["intents"]:
        raise ConfigurationError(
            f"The intent file {path} needs a list of one or more intents under the key 'intents'.", path=str(path)
        )
    return parse_taxonomy(data["intents"], source=path.name)


def parse_taxonomy(entries: list[Any], source: str = "taxonomy") -> Taxonomy:
    """Check the entries of a taxonomy. Raises ConfigurationError, see `load_taxonomy`."""
    intents: dict[str, Intent] = {}
    for place, entry in enumerate(entries, start=1):
        intent = _parse_intent(entry, f"{source}: intent {place}")
        if intent.id in intents:
            raise ConfigurationError(f"{source}: intent {place} repeats the id '{intent.id}'. Ids must be unique.")
        intents[intent.id] = intent
    return Taxonomy(intents)


def _parse_intent(entry: Any, where: str) -> Intent:
    if not isinstance(entry, dict) or not isinstance(entry.get("id"), str) or not entry["id"].strip():
        raise ConfigurationError(f"{where} needs an 'id' (text).")
    where = f"{where} ('{entry['id']}')"
    names = _by_language(entry.get("name"), where, "name")
    if not names:
        raise ConfigurationError(f"{where} needs a 'name', for example {{zh: 退货, en: Return}}.")
    phrases_field = entry.get("phrases") or {}
    if not isinstance(phrases_field, dict) or not all(isinstance(group, list) for group in phrases_field.values()):
        raise ConfigurationError(f"{where}: 'phrases' must give a list for each language.")
    phrases = {str(language): tuple(str(phrase) for phrase in group) for language, group in phrases_field.items()}
    risk, stated = (_flag(entry, where, field) for field in ("risk", "stated"))
    category = entry.get("category")
    if not isinstance(category, str) or not category:
        raise ConfigurationError(f"{where} needs a 'category' (text).")
    return Intent(
        id=entry["id"].strip(),
        names=names,
        category=category,
        priority=cast(Priority, _choice(entry.get("priority", "normal"), get_args(Priority), where, "priority")),
        risk=risk,
        topic=cast(Topic, _choice(entry.get("topic", "none"), get_args(Topic), where, "topic")),
        stated=stated,
        descriptions=_by_language(entry.get("description"), where, "description"),
        phrases=phrases,
    )


def _by_language(value: Any, where: str, field: str) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, dict) or not all(isinstance(text, str) and text.strip() for text in value.values()):
        raise ConfigurationError(
            f"{where}: '{field}' must give a text for each language, for example {{zh: …, en: …}}."
        )
    return {str(language): text.strip() for language, text in value.items()}


def _flag(entry: dict[str, Any], where: str, field: str) -> bool:
    value = entry.get(field, False)
    if not isinstance(value, bool):
        raise ConfigurationError(f"{where}: '{field}' must be true or false, not {value!r}.")
    return value


def _choice(value: Any, allowed: tuple[str, ...], where: str, field: str) -> str:
    if value not in allowed:
        raise ConfigurationError(f"{where}: '{field}' is {value!r}; it must be one of {', '.join(allowed)}.")
    return str(value)
