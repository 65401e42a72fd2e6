"""Whether the language model's endpoint answers, for people who wonder why drafts are quotations today."""

from __future__ import annotations

import threading
import time

import httpx

from core.errors import Unavailable
from core.settings import Settings

REMEMBERED = 15.0  # seconds for which an answer counts: the page that asks needs no sign-in


class LlmProbe:
    """Asks for the list of models, which costs no tokens. Thread-safe; one request in `REMEMBERED` seconds."""

    def __init__(self, settings: Settings, patience: float) -> None:
        """`patience`: seconds to wait for an answer."""
        self._url = f"{settings.llm_url.rstrip('/')}/models"
        self._headers = {"Authorization": f"Bearer {settings.llm_api_key.get_secret_value() or 'none'}"}
        self._patience = patience
        self._lock = threading.Lock()
        self._asked = float("-inf")
        self._problem = ""

    def check(self) -> None:
        """Raises Unavailable when the endpoint refuses connections, fails, or does not know the key."""
        with self._lock:
            if time.monotonic() - self._asked > REMEMBERED:
                self._problem = self._ask()
                self._asked = time.monotonic()
            problem = self._problem
        if problem:
            raise Unavailable(problem)

    def _ask(self) -> str:
        try:
            status = httpx.get(self._url, headers=self._headers, timeout=self._patience).status_code
        except httpx.HTTPError as error:
            return f"The language model does not answer ({type(error).__name__})."
        # an endpoint without such a list says 404 or 405, and is there all the same
        broken = status >= 500 or status in (401, 403)
        return f"The language model answers with HTTP {status}." if broken else ""
