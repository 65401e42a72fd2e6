"""`VectorStore` on a Qdrant server (1.16 or newer: insert-only upserts, collection metadata).

Tested against qdrant-client's in-memory mode; a live server has not been met yet. The collection name of the settings
is an alias; each rebuild fills a collection of its own and then moves the alias. A second alias, `…-building`, tells
writers of every process to write there too while a rebuild runs.
"""

from __future__ import annotations

import contextlib
import secrets
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from qdrant_client import QdrantClient, models
from qdrant_client.http.exceptions import ApiException, ResponseHandlingException, UnexpectedResponse

from core.errors import Conflict, Unavailable
from core.settings import Settings
from retrieval.index import server_query as query
from retrieval.index.payload import DOC, INTEGER_FIELDS, KEYWORD_FIELDS, decode_passage, scope_filter
from retrieval.index.sparse_vector import SPARSE_VERSION, SparseVector
from retrieval.index.store import (
    DENSE,
    SPARSE,
    HybridQuery,
    IndexInfo,
    Later,
    LegResults,
    PendingHits,
    Point,
    ScoredPassage,
    Vector,
    check_dense,
    check_points,
    reindex_needed,
)
from retrieval.types import Hit, PassageDoc, SearchScope

_BATCH: Final = 256
_STATE_SECONDS: Final = 1.0  # how long a search may rely on what it knew of the serving collection
_ABANDONED_SECONDS: Final = 600.0  # a rebuild without a batch for so long was killed
_SETTLE_SECONDS: Final = 2.0  # longer than a write that did not yet see the building alias takes


@dataclass(frozen=True, slots=True)
class _Collection:
    name: str
    generation: int
    dimension: int
    model_version: str
    sparse_version: str


def open_server_store(settings: Settings) -> ServerStore:
    key = settings.qdrant_api_key.get_secret_value() or None
    return ServerStore(QdrantClient(url=settings.qdrant_url, api_key=key, timeout=30), settings.collection)


@contextlib.contextmanager
def _reaching() -> Iterator[None]:
    try:
        yield
    except (ResponseHandlingException, UnexpectedResponse, ApiException, ConnectionError) as error:
        raise Unavailable(
            f"The Qdrant server does not answer as it should: {error}. "
            "Check COPILOT_QDRANT_URL and COPILOT_QDRANT_API_KEY."
        ) from error


class ServerStore:
    """`settle` seconds are waited at the start of a rebuild so that every later write knows of it; the rows that
    `batches` reads afterwards hold what was written before."""

    def __init__(self, client: QdrantClient, alias: str, settle: float = _SETTLE_SECONDS) -> None:
        self._client = client
        self._alias = alias
        self._building_alias = f"{alias}-building"
        self._settle = settle
        self._expected: tuple[str, int] | None = None
        self._known: dict[str, _Collection] = {}
        self._state: tuple[float, _Collection | None] = (0.0, None)
        self._create_lock = threading.Lock()

    # -- which collections there are

    def _aliases(self) -> dict[str, str]:
        with _reaching():
            return {a.alias_name: a.collection_name for a in self._client.get_aliases().aliases}

    def _describe(self, name: str) -> _Collection:
        if name not in self._known:
            with _reaching():
                meta = self._client.get_collection(name).config.metadata or {}
            self._known[name] = _Collection(
                name,
                int(meta["generation"]),
                int(meta["dimension"]),
                str(meta["model_version"]),
                str(meta["sparse_version"]),
            )
        return self._known[name]

    def _serving(self, fresh: bool = False) -> _Collection | None:
        read_at, collection = self._state
        if fresh or collection is None or time.monotonic() - read_at > _STATE_SECONDS:
            name = self._aliases().get(self._alias)
            collection = None if name is None else self._describe(name)
            self._state = (time.monotonic(), collection)
        return collection

    def _create(self, generation: int, model_version: str, dimension: int) -> _Collection:
        name = f"{self._alias}-{generation:06d}-{secrets.token_hex(4)}"
        collection = _Collection(name, generation, dimension, model_version, SPARSE_VERSION)
        metadata = {
            "generation": generation,
            "dimension": dimension,
            "model_version": model_version,
            "sparse_version": SPARSE_VERSION,
            "alive": time.time(),
        }
        with _reaching():
            self._client.create_collection(
                name,
                vectors_config={DENSE: models.VectorParams(size=dimension, distance=models.Distance.COSINE)},
                sparse_vectors_config={SPARSE: models.SparseVectorParams(modifier=models.Modifier.IDF)},
                metadata=metadata,
            )
            for field in KEYWORD_FIELDS:
                self._client.create_payload_index(name, field, models.PayloadSchemaType.KEYWORD)
            for field in INTEGER_FIELDS:
                self._client.create_payload_index(name, field, models.PayloadSchemaType.INTEGER)
        return collection

    def _point(self, alias: str, collection: str, *, remove: str | None = None) -> None:
        """Move `alias` to `collection`, in one step with removing another alias."""
        create = models.CreateAlias(collection_name=collection, alias_name=alias)
        steps: list[Any] = [models.CreateAliasOperation(create_alias=create)]
        for old in filter(None, (alias, remove)):
            if old in self._aliases():
                steps.insert(0, models.DeleteAliasOperation(delete_alias=models.DeleteAlias(alias_name=old)))
        with _reaching():
            self._client.update_collection_aliases(steps)
        self._state = (0.0, None)

    def ensure(self, model_version: str, dimension: int) -> IndexInfo:
        with self._create_lock:
            collection = self._serving(fresh=True)
            if collection is None or (collection.model_version != model_version and not self._count(collection.name)):
                generation = 1 if collection is None else collection.generation + 1
                self._point(self._alias, self._create(generation, model_version, dimension).name)
                if collection is not None:
                    self._drop(collection.name)
            self._check(self._serving(fresh=True), (model_version, dimension))
            self._expected = (model_version, dimension)
        return self.info()

    @staticmethod
    def _check(collection: _Collection | None, expected: tuple[str, int] | None) -> None:
        if collection is None or expected is None:
            return
        if (collection.model_version, collection.dimension, collection.sparse_version) != (*expected, SPARSE_VERSION):
            raise reindex_needed(
                f"{collection.model_version} ({collection.dimension} dimensions, {collection.sparse_version})",
                f"{expected[0]} ({expected[1]} dimensions, {SPARSE_VERSION})",
            )

    # -- writes

    def _targets(self) -> tuple[_Collection | None, _Collection | None]:
        """Serving and building collection, read afresh: a write that misses a rebuild would be lost at its end."""
        names = self._aliases()
        serving, building = (
            self._describe(names[alias]) if alias in names else None for alias in (self._alias, self._building_alias)
        )
        return serving, building

    def upsert(self, points: Sequence[Point]) -> None:
        if not points:
            return
        check_points(points, len(points[0].dense))
        serving, building = self._targets()
        self._check(serving, self._expected)
        if serving is None:
            with self._create_lock:
                serving = self._serving(fresh=True) or self._create(1, "", len(points[0].dense))
                self._point(self._alias, serving.name)
        check_dense(points[0].dense, serving.dimension)
        if building is not None and building.model_version != serving.model_version:
            raise Unavailable("The index is being rebuilt for another model. Try again when it is done.")
        for target in filter(None, (serving, building)):
            self._write(target.name, points)

    def _write(self, name: str, points: Sequence[Point], mode: models.UpdateMode | None = None) -> None:
        for start in range(0, len(points), _BATCH):
            rows = [query.point(p) for p in points[start : start + _BATCH]]
            with _reaching():
                self._client.upsert(name, rows, wait=True, update_mode=mode)

    def delete(self, passage_ids: Iterable[int]) -> None:
        ids: list[Any] = list(passage_ids)
        serving, building = self._targets()
        if not ids:
            return
        with _reaching():
            if building is not None:  # first, so that the batches of the rebuild cannot bring them back
                self._client.upsert(building.name, [query.tombstone(i) for i in ids], wait=True)
            if serving is not None:
                self._client.delete(serving.name, models.PointIdsList(points=ids), wait=True)

    def delete_documents(self, document_ids: Iterable[str]) -> None:
        """During a rebuild, passages that only its unread batches know are not reached: delete those by id."""
        names = list(document_ids)
        ids = {i for target in filter(None, self._targets()) for i in query.ids_of(self._client, target.name, names)}
        self.delete(ids)

    # -- reads

    def search(self, dense: Vector | None, sparse: SparseVector | None, scope: SearchScope, limit: int) -> LegResults:
        collection, condition = self._serving(), scope_filter(scope)
        self._check(collection, self._expected)
        if collection is None or condition.nothing or (dense is None and not sparse):
            return LegResults([], [])
        if dense is not None:
            check_dense(dense, collection.dimension)
        with _reaching():
            return query.legs(self._client, self._alias, dense, sparse, condition, limit)

    def begin_hybrid(self, query: HybridQuery) -> PendingHits:
        """The texts of all candidates travel: a second request for those of the hits would be a second round trip."""

        def find(dense: Vector) -> list[Hit]:
            legs = self.search(dense, query.terms(), query.scope, query.depth)
            return query.fusion.fuse(legs.dense, legs.sparse, query.limit, query.preferred())

        return Later(find, query.dense)

    def search_fused(self, dense: Vector, sparse: SparseVector, scope: SearchScope, limit: int) -> list[ScoredPassage]:
        collection, condition = self._serving(), scope_filter(scope)
        self._check(collection, self._expected)
        if collection is None or condition.nothing:
            return []
        check_dense(dense, collection.dimension)
        with _reaching():
            return query.fused(self._client, self._alias, dense, sparse, condition, limit)

    def get(self, passage_ids: Sequence[int]) -> list[PassageDoc]:
        if self._serving() is None or not passage_ids:
            return []
        with _reaching():
            records = self._client.retrieve(self._alias, list(passage_ids), with_payload=[DOC])
        texts = {record.id: record.payload[DOC] for record in records if record.payload and DOC in record.payload}
        return [decode_passage(texts[i]) for i in passage_ids if i in texts]

    def count(self, scope: SearchScope | None = None) -> int:
        condition = None if scope is None else scope_filter(scope)
        if self._serving() is None or (condition is not None and condition.nothing):
            return 0
        with _reaching():
            return self._client.count(self._alias, query.where(condition), exact=True).count

    def _count(self, name: str) -> int:
        with _reaching():
            return self._client.count(name, exact=True).count

    def info(self) -> IndexInfo:
        serving, building = self._targets()
        if serving is None:
            return IndexInfo("server", 0, 0, "", SPARSE_VERSION, 0, building is not None)
        return IndexInfo(
            "server",
            self._count(serving.name),
            serving.dimension,
            serving.model_version,
            serving.sparse_version,
            serving.generation,
            building is not None,
        )

    # -- rebuild

    def rebuild(self, batches: Iterable[Sequence[Point]], model_version: str) -> IndexInfo:
        serving = self._serving(fresh=True)
        self._remove_abandoned()
        generation = 1 if serving is None else serving.generation + 1
        same = serving is not None and serving.model_version == model_version
        # a new model's dimension is known with its first batch; until then a placeholder announces the rebuild
        building = self._create(generation, model_version, serving.dimension if serving is not None and same else 1)
        self._point(self._building_alias, building.name)
        try:
            time.sleep(self._settle)
            count = 0
            for batch in batches:
                if batch and not count and len(batch[0].dense) != building.dimension:
                    building = self._replace(building, len(batch[0].dense))
                check_points(batch, building.dimension)
                self._write(building.name, batch, models.UpdateMode.INSERT_ONLY)  # never over a newer write
                count += len(batch)
                with _reaching():
                    self._client.update_collection(building.name, metadata={"alive": time.time()})
            if not count and not same and serving is not None:
                building = self._replace(building, serving.dimension)
            self._purge(building.name)
            self._point(self._alias, building.name, remove=self._building_alias)
        except BaseException:
            self._drop(building.name)
            raise
        self._purge(building.name)
        if serving is not None:
            self._drop(serving.name)
        if self._expected is not None:
            self._expected = (model_version, building.dimension)
        return self.info()

    def _replace(self, building: _Collection, dimension: int) -> _Collection:
        """A building collection of the right dimension, with the deletions that the placeholder has noted."""
        new = self._create(building.generation, building.model_version, dimension)
        self._point(self._building_alias, new.name)
        with _reaching():
            noted = query.tombstones(self._client, building.name)
            if noted:
                rows = [query.tombstone(i) for i in noted]
                self._client.upsert(new.name, rows, wait=True, update_mode=models.UpdateMode.INSERT_ONLY)
        self._drop(building.name)
        return new

    def _purge(self, name: str) -> None:
        with _reaching():
            self._client.delete(name, models.FilterSelector(filter=query.is_tombstone()), wait=True)

    def _drop(self, name: str) -> None:
        """Remove a collection; its aliases go with it."""
        with _reaching():
            self._client.delete_collection(name)

    def _remove_abandoned(self) -> None:
        """Raises Conflict while another rebuild is alive."""
        name = self._aliases().get(self._building_alias)
        if name is None:
            return
        with _reaching():
            alive = float((self._client.get_collection(name).config.metadata or {}).get("alive", 0.0))
        if time.time() - alive < _ABANDONED_SECONDS:
            raise Conflict("The index is already being rebuilt. Wait for it to finish, then try again.")
        self._drop(name)

    def close(self) -> None:
        self._client.close()
