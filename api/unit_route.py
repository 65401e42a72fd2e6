"""A route whose plain `def` handler is done in one go on one thread: who asks, the work, the answer, the commit.

FastAPI takes a thread for each plain dependency, for each end of a session, for the handler and for checking its
answer: four to six times a request waits for a thread and for Python's lock, which costs more than the work itself.
Here the event loop only reads the request; `Reading`, `Writing`, `allowed(…)`, `CurrentPrincipal` and `Once` are
resolved by the thread that runs the handler, and cost FastAPI nothing. Who may not ask is told that first.

The answer is made before the commit and sent after it: one that cannot be made takes everything back. `async` handlers,
and dependencies of dependencies, are left to FastAPI.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from functools import wraps
from typing import Any, get_args, get_type_hints

from fastapi import Request, Response
from fastapi.datastructures import DefaultPlaceholder
from fastapi.exceptions import RequestValidationError
from fastapi.params import Depends as Dependency
from fastapi.routing import APIRoute
from pydantic import TypeAdapter
from sqlalchemy.orm import Session
from starlette.concurrency import run_in_threadpool

from api import deps
from copilot.policies import Permission, require
from copilot.runtime import Runtime
from core.errors import CopilotError
from records.principals import Principal

_REQUEST = "request_of_unit"
_TOKEN, _KNOWN, _BODY = "copilot_token", "copilot_known", "copilot_body"  # in the scope: shown, looked up, read
_Opened = Callable[[Runtime], Any]
_SESSIONS: dict[Any, _Opened] = {
    deps.open_reading: lambda runtime: runtime.db.reading(),
    deps.open_writing: lambda runtime: runtime.db.unit_of_work(),
}


class UnitRoute(APIRoute):
    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        self._guarded = False
        self._repeatable = False
        self._permission: Permission | None = None
        self._adapter: TypeAdapter[Any] | None = None
        super().__init__(path, self._in_one_go(endpoint), **options)
        if self.response_model is not None and isinstance(self.response_class, DefaultPlaceholder):
            self._adapter = TypeAdapter(self.response_model)

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        handle = super().get_route_handler()

        async def handled(request: Request) -> Response:
            if self._guarded:
                request.scope[_TOKEN] = deps.token_of(request, request.app.state.runtime)
            if self._repeatable and deps.KEY in request.headers:
                request.scope[_BODY] = await request.body()
            try:
                return await handle(request)
            except (RequestValidationError, CopilotError):
                # Whoever may not ask is told that, and not how to ask.
                if self._guarded and _KNOWN not in request.scope:
                    await run_in_threadpool(self._who, request)
                raise

        return handled

    def _in_one_go(self, endpoint: Callable[..., Any]) -> Callable[..., Any]:
        if inspect.iscoroutinefunction(endpoint):
            return endpoint
        hints = get_type_hints(endpoint, include_extras=True)
        known = inspect.signature(endpoint).parameters
        own = next((name for name in known if hints[name] is Request), None)  # FastAPI gives it under one name only
        asked = own or _REQUEST
        parameters = {asked: inspect.Parameter(asked, inspect.Parameter.KEYWORD_ONLY, annotation=Request)}
        session: tuple[str, _Opened] | None = None
        asking = once = None
        for name, parameter in known.items():
            annotation = hints[name]
            dependency = _dependency(annotation)
            if dependency in _SESSIONS:
                session = name, _SESSIONS[dependency]
                continue
            if dependency is deps.get_principal or hasattr(dependency, "permission"):
                asking, self._permission = name, getattr(dependency, "permission", None)
                continue
            if dependency is deps.get_idempotent:
                once, parameter = name, parameter.replace(default=None)
                annotation = deps.Key
            parameters[name] = parameter.replace(annotation=annotation, kind=inspect.Parameter.KEYWORD_ONLY)
        if session is None and asking is None:
            return endpoint
        self._guarded, self._repeatable = asking is not None, once is not None

        @wraps(endpoint)
        def unit(**values: Any) -> Any:
            request: Request = values[asked] if own else values.pop(asked)
            with ExitStack() as stack:
                opened = None
                if session is not None:  # nothing is begun yet: the first statement does that
                    opened = values[session[0]] = stack.enter_context(session[1](request.app.state.runtime))
                if asking is not None:
                    principal = values[asking] = self._who(request, opened)
                    if once is not None:
                        values[once] = deps.once(request, principal, values[once], request.scope.get(_BODY, b""))
                return self._answer(endpoint(**values), values)

        returned = hints.get("return", inspect.Signature.empty)
        returned = None if returned is type(None) else returned  # an answer without a body
        unit.__dict__["__signature__"] = inspect.Signature(list(parameters.values()), return_annotation=returned)
        if self._permission is not None:
            unit.__dict__["permission"] = self._permission  # for the tests to read, as `allowed` carries it
        return unit

    def _who(self, request: Request, opened: Session | None = None) -> Principal:
        request.scope[_KNOWN] = True
        principal = deps.identify(request.app.state.runtime, request.scope[_TOKEN], opened)
        if self._permission is not None:
            require(principal, self._permission)
        return principal

    def _answer(self, shown: Any, values: dict[str, Any]) -> Any:
        """What FastAPI would make of it: checked by the response model, then JSON."""
        if self._adapter is None or isinstance(shown, Response):
            return shown
        checked = self._adapter.validate_python(shown, from_attributes=True)
        told = next((value for value in values.values() if isinstance(value, Response)), None)
        status = (told.status_code if told is not None else None) or self.status_code or 200
        answer = Response(self._adapter.dump_json(checked, by_alias=True), status, media_type="application/json")
        if told is not None:
            answer.headers.raw.extend(told.headers.raw)
        return answer


def _dependency(annotation: Any) -> Any:
    found = [one.dependency for one in get_args(annotation)[1:] if isinstance(one, Dependency)]
    return found[0] if found else None
