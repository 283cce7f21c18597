# Copyright 2026 the DolphinML authors
# SPDX-License-Identifier: Apache-2.0
"""MLflow's scoring app inside a BentoML service, optionally behind BentoML's adaptive batching."""

import asyncio
import io
import json
from typing import Any, Awaitable, Callable, FrozenSet, List, MutableMapping, NoReturn, Optional

from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

import batching
import bentoml_internals

BATCHED = "application/json"
#: The types of an ASGI application.
Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

OVERLOADED = json.dumps(
    {"error_code": "TEMPORARILY_UNAVAILABLE", "message": "The request would take longer than mlflow.batchLatency allows"}
)


class Scoring:
    """MLflow's app and its paths; None and empty until `serve` is called with the loaded model."""

    def __init__(self) -> None:
        self.app: Optional[Starlette] = None
        self.paths: FrozenSet[str] = frozenset()

    def serve(self, model: Any, batch_size: Optional[int], batch_latency: float, timeout: float) -> None:
        from mlflow.pyfunc import scoring_server

        app = scoring_server.init(model)
        if not isinstance(app, Starlette):
            app = _app_of_flask(app)
        self.paths = frozenset(route.path for route in app.routes)
        if batch_size:
            # Inside the app, so that the app still handles its routes and every request except batched predictions.
            app.add_middleware(BatchedInvocations, batches=Batches(model, batch_size, batch_latency), timeout=timeout)
        self.app = app


class ScoringPaths:
    """Routes requests for MLflow's paths to MLflow's app, and all others to BentoML's. In BentoML 1.3 a mounted app would hide
    BentoML's own pages."""

    def __init__(self, app: App, scoring: Scoring) -> None:
        self._app = app
        self._scoring = scoring

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        own = scope["type"] == "http" and scope["path"] in self._scoring.paths
        app = self._scoring.app if own else self._app
        assert app is not None
        await app(scope, receive, send)


def _app_of_flask(flask: Any) -> Starlette:
    """Wraps the Flask app of an older MLflow as a Starlette app."""
    from a2wsgi import WSGIMiddleware

    wsgi = WSGIMiddleware(flask)
    return Starlette(routes=[Route(rule.rule, wsgi) for rule in flask.url_map.iter_rules() if not rule.arguments])


class Batches:
    """Predicts requests in batches with BentoML's dispatcher, which learns how long batches take and how long to wait for more
    requests."""

    def __init__(self, model: Any, size: int, latency: float) -> None:
        self._model = model
        self._schema = model.metadata.get_input_schema()
        self._answer = bentoml_internals.dispatcher(self._answers, size, latency, _refuse_overload)

    async def answer(self, request: batching.Rows) -> Optional[str]:
        """Returns the text of the answer, or None if the request must be predicted alone; raises Overloaded."""
        return await self._answer(request)

    async def _answers(self, requests: List[batching.Rows]) -> List[Optional[str]]:
        return await asyncio.get_running_loop().run_in_executor(None, self._predict_all, requests)

    def _predict_all(self, requests: List[batching.Rows]) -> List[Optional[str]]:
        answers: List[Optional[str]] = [None] * len(requests)
        for positions in batching.by_key(requests):
            group = [requests[position] for position in positions]
            for position, answer in zip(positions, self._predict(group)):
                answers[position] = answer
        return answers

    def _predict(self, requests: List[batching.Rows]) -> List[Optional[str]]:
        from mlflow.pyfunc import scoring_server

        try:
            data = scoring_server.infer_and_parse_data(batching.joined(requests), self._schema)
            found = batching.parts(self._model.predict(data), requests)
            return [text_of(each) for each in found] if found is not None else [None] * len(requests)
        except Exception:  # predicting each request alone shows which one fails, with MLflow's own error
            return [None] * len(requests)


def text_of(predictions: Any) -> str:
    """Returns the predictions as the JSON text that MLflow's scoring server writes."""
    from mlflow.pyfunc import scoring_server

    text = io.StringIO()
    scoring_server.predictions_to_json(predictions, text)
    return text.getvalue()


class Overloaded(Exception):
    """The request cannot be answered in time."""


def _refuse_overload() -> NoReturn:
    raise Overloaded()


class BatchedInvocations:
    """Answers predictions that can share a batch, and passes every other request to MLflow's own app."""

    def __init__(self, app: App, batches: Batches, timeout: float) -> None:
        self._app = app
        self._batches = batches
        self._timeout = timeout

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST" or scope["path"] != "/invocations" or not _is_json(scope):
            await self._app(scope, receive, send)
            return
        body = await _read_body(receive)
        if body is None:
            return
        response = await self._answered(body)
        if response is not None:
            await response(scope, receive, send)
        else:
            await self._app(scope, _again(body, receive), send)

    async def _answered(self, body: bytes) -> Optional[Response]:
        request = batching.Rows.of(body)
        if request is None:
            return None
        answering = asyncio.ensure_future(self._batches.answer(request))
        answering.add_done_callback(_notice)
        done, _ = await asyncio.wait({answering}, timeout=self._timeout)
        if not done:
            answering.cancel()
            return Response("Request processing time exceeded limit", 504, media_type=BATCHED)
        try:
            text = answering.result()
        except Overloaded:
            return Response(OVERLOADED, 503, media_type=BATCHED)
        return Response(text, media_type=BATCHED) if text is not None else None


def _notice(task: asyncio.Future) -> None:
    """Retrieves the exception of a task that is no longer awaited, so that asyncio does not log it."""
    if not task.cancelled():
        task.exception()


def _is_json(scope: Scope) -> bool:
    return [value for name, value in scope["headers"] if name == b"content-type"] == [BATCHED.encode()]


async def _read_body(receive: Receive) -> Optional[bytes]:
    """Returns the body of a request, or None if its client disconnected."""
    pieces = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        pieces.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(pieces)


def _again(body: bytes, receive: Receive) -> Receive:
    """Returns a `receive` that first repeats the body already read."""
    rest: List[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Message:
        return rest.pop() if rest else await receive()

    return receive_again
