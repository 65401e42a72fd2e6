"""A search that the index process is at, while its client does something else."""

from __future__ import annotations

from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Final, Self

from retrieval.index import handler as protocol
from retrieval.index.frames import decode_found, encode_hybrid, encode_vector
from retrieval.index.link import Link
from retrieval.index.store import HybridQuery, Vector, known
from retrieval.types import Hit

if TYPE_CHECKING:
    from retrieval.index.client import IndexClient

_HITS_SECONDS: Final = 0.004  # most searches take 1 to 2 ms once the process has the vector


class SentSearch:
    """A search that the process is at. Sent only where nothing can delay it, on a connection that is there; else, and
    when that connection turns out to be dead, it is asked for like any other request when it is waited for."""

    def __init__(self, client: IndexClient, expected: bytes, query: HybridQuery, fusion: bytes) -> None:
        self._client, self._expected, self._query, self._fusion = client, expected, query, fusion
        self._dense = query.dense
        self._link = client.take_idle()
        if self._link is not None:
            client.count_search(+1)
            self._send(self._request(protocol.HYBRID if query.dense is not None else protocol.BEGIN))

    def supply(self, dense: Vector) -> None:
        self._send(encode_vector(dense))  # first: from here on the process works beside us
        self._dense = dense

    def hits(self) -> list[Hit]:
        known(self._dense)  # else the process would wait for it as long as we wait for the hits
        return decode_found(self._receive() or self._client.ask(self._request(protocol.HYBRID)))

    def _request(self, op: bytes) -> bytes:
        query = self._query if self._dense is self._query.dense else replace(self._query, dense=self._dense)
        return protocol.encode_request(op, self._expected, encode_hybrid(query, self._fusion))

    def _send(self, frame: bytes) -> None:
        if self._link is not None:
            try:
                self._link.send(frame)
            except OSError:
                self._give_up()

    def _receive(self) -> bytes:
        """Empty when there was no connection or it is lost."""
        if self._link is None:
            return b""
        try:
            self._link.spin(self._client.has_one_search, _HITS_SECONDS)
            answer = self._link.receive()
        except OSError:
            self._give_up()
            self._client.drop_idle()
            return b""
        self._client.give_back(self._let_go())
        return protocol.result(answer)

    def _give_up(self) -> None:
        """Close a connection on which an answer may still come: the next request would take it for its own."""
        if self._link is not None:
            self._let_go().close()

    def _let_go(self) -> Link:
        assert self._link is not None
        link, self._link = self._link, None
        self._client.count_search(-1)
        return link

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._give_up()
