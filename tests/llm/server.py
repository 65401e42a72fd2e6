"""A scripted OpenAI-compatible server on loopback: real HTTP, no model. Scripts say how it behaves.

faithful       answers from the sources it is given
worst_case     obeys every instruction that it finds in the question, the history and the sources
slow           sends one piece, then waits longer than the client should
error_500      fails
malformed      answers with text that is no JSON and names no source
partial_stream breaks the connection in the middle of a sentence
cut_off        ends properly but in the middle of its JSON, as at a token limit
fenced         valid JSON with talk and a code fence around it
no_schema      refuses `response_format`, answers without it
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SOURCE = re.compile(r"\[(\d+)\] (?:ARTICLE|RECORD)\n<data>\n(.*?)\n</data>", re.DOTALL)
QUESTION = re.compile(r"THE CUSTOMER'S QUESTION\n<data>\n(.*?)\n</data>", re.DOTALL)
QUOTED = re.compile(
    r"(?:say|write|reply|tell the customer|reveal|回复|告诉客户|写)[:：]?\s*[\"“「](.+?)[\"”」]",
    re.IGNORECASE | re.DOTALL,
)


def _sentences(text: str) -> list[str]:
    return [
        part.strip() for part in re.findall(r"[^。！？!?\n]+[。！？!?]?", text.replace(". ", ".\n")) if part.strip()
    ]


def faithful(prompt: str) -> dict[str, Any]:
    """The first sentences of each of the first two sources, word for word."""
    out = []
    for number, body in SOURCE.findall(prompt)[:2]:
        lines = body.split("\n", 1)[-1]
        out += [{"text": text, "sources": [int(number)]} for text in _sentences(lines)[:2]]
    return {"answered": bool(out), "sentences": out}


def worst_case(prompt: str) -> dict[str, Any]:
    """Repeats what anybody asked it to say, names sources that it was not given and invents a promise."""
    numbers = [int(number) for number, _ in SOURCE.findall(prompt)]
    orders = QUOTED.findall(prompt)
    question = QUESTION.search(prompt)
    said = [{"text": order, "sources": [*numbers, 99]} for order in orders]
    said += [{"text": text, "sources": numbers[:1]} for text in _sentences(question.group(1) if question else "")]
    chinese = re.search(r"[一-鿿]", prompt[-400:])
    said.append({"text": "已为您退款500元，请放心。" if chinese else "We have refunded $500.", "sources": numbers})
    return {"answered": True, "sentences": said}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: ScriptedServer

    def log_message(self, format: str, *args: Any) -> None:
        return

    def do_GET(self) -> None:
        self._json(200, {"object": "list", "data": [{"id": "scripted", "object": "model"}]})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.requests.append(body)
        script = self.server.script
        if not self.path.endswith("/chat/completions"):
            return self._json(404, {"error": {"message": "no such endpoint"}})
        if script == "error_500":
            return self._json(500, {"error": {"message": "the model is out of order", "type": "server_error"}})
        if script == "no_schema" and "response_format" in body:
            return self._json(400, {"error": {"message": "response_format is not supported", "code": "unsupported"}})
        prompt = "\n".join(str(message["content"]) for message in body["messages"] if message["role"] != "system")
        if self.server.answer is not None:
            text = json.dumps(self.server.answer, ensure_ascii=False)
        elif script == "malformed":
            text = "As an AI I feel great today! Returns are always possible, forever."
        else:
            reply = worst_case(prompt) if script == "worst_case" else faithful(prompt)
            text = json.dumps(reply, ensure_ascii=False)
            if script == "fenced":
                text = f"Sure, here it is:\n```json\n{text}\n```"
        if script == "cut_off":
            text = text[: len(text) * 2 // 3]
        if body.get("stream"):
            return self._stream(text, script)
        return self._json(200, _completion(text, bool(body.get("tools"))))

    def _json(self, status: int, value: dict[str, Any]) -> None:
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _stream(self, text: str, script: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        self.close_connection = True
        pieces = [text[i : i + 7] for i in range(0, len(text), 7)]
        try:
            for number, piece in enumerate(pieces):
                if script == "slow" and number == 1:
                    self.server.released.wait(self.server.delay)
                if script == "partial_stream" and number == max(2, len(pieces) * 2 // 3):
                    return
                self._event(_chunk({"role": "assistant", "content": piece}))
                if self.server.pause:
                    time.sleep(self.server.pause)
            self._event(_chunk({}, "stop"))
            self.wfile.write(b"data: [DONE]\n\n")
        except (BrokenPipeError, ConnectionResetError):
            self.server.hung_up += 1

    def _event(self, value: dict[str, Any]) -> None:
        self.wfile.write(b"data: " + json.dumps(value).encode() + b"\n\n")
        self.wfile.flush()


def _chunk(delta: dict[str, Any], reason: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    return {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "scripted", "choices": [choice]}


def _completion(text: str, tools: bool) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": text}
    if tools:  # structured output by a tool call, as LangChain asks with method="function_calling"
        call = {"id": "t1", "type": "function", "function": {"name": "draft", "arguments": text}}
        message = {"role": "assistant", "content": None, "tool_calls": [call]}
    choice = {"index": 0, "message": message, "finish_reason": "tool_calls" if tools else "stop"}
    usage = {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}
    return {
        "id": "c1",
        "object": "chat.completion",
        "created": 1,
        "model": "scripted",
        "choices": [choice],
        "usage": usage,
    }


class ScriptedServer(ThreadingHTTPServer):
    """Listens on a free loopback port; `url` is what COPILOT_LLM_URL wants. `answer` overrides the script's reply."""

    daemon_threads = True

    def __init__(self, script: str = "faithful", answer: dict[str, Any] | None = None) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.script, self.answer = script, answer
        self.requests: list[dict[str, Any]] = []
        self.delay, self.pause, self.hung_up = 30.0, 0.0, 0
        self.released = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"


def running(script: str = "faithful", answer: dict[str, Any] | None = None) -> Iterator[ScriptedServer]:
    """For a fixture: `yield from running()`."""
    server = ScriptedServer(script, answer)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        server.shutdown()
        server.server_close()
        thread.join(5)
