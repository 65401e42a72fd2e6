"""The index process: one owner, many clients, and nothing acknowledged is lost."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest

from core.errors import ConfigurationError, Conflict, Unavailable
from core.settings import Settings
from retrieval.index import handler as protocol
from retrieval.index import link as link_module
from retrieval.index import owner
from retrieval.index.client import IndexClient
from retrieval.index.connect import connect, local_client, remote_client, try_dial
from retrieval.index.edge import EdgeStore
from retrieval.index.link import KeyMismatch, Link, dialed
from retrieval.index.supervisor import Supervisor
from retrieval.sparse import encode_query
from retrieval.types import SearchScope
from tests.retrieval.index.conftest import DIMENSION, MODEL, make_point, unit

SECRET = "a secret of the test that is longer than 32 characters"


def settings_for(root: Path, **values: str) -> Settings:
    return Settings(_env_file=None, data_dir=root.parent, **values)


@pytest.fixture
def client(index_dir: Path):
    opened = local_client(index_dir, idle_exit=30)
    opened.ensure(MODEL, DIMENSION)
    yield opened
    opened.close()


def pid_of(root: Path) -> int:
    found = owner.find(root)
    assert found is not None
    return found.pid


def gone(pid: int, within: float = 10) -> bool:
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.02)
    return False


def test_eight_writers_and_eight_readers_lose_nothing(client: IndexClient, index_dir: Path) -> None:
    """With a rebuild and a kill -9 in between: what was acknowledged is there at the end, searches never fail."""
    per_writer, stop, searches = 30, threading.Event(), []
    truth = {9000 + i: make_point(9000 + i) for i in range(5)}  # the database: always written before the index

    def write(writer: int) -> None:
        mine = local_client(index_dir)
        for n in range(per_writer):
            kept, passing = 1 + writer * per_writer + n, 10_000 + writer * per_writer + n
            points = [make_point(kept, f"退货 {kept}"), make_point(passing)]
            truth.update({p.passage.id: p for p in points})
            mine.upsert(points)
            del truth[passing]
            mine.delete([passing])
            assert [d.id for d in mine.get([kept, passing])] == [kept]
        mine.close()

    def read(reader: int) -> None:
        while not stop.is_set():
            found = client.search(unit(reader), encode_query("退货"), SearchScope(), 5)
            searches.append(len(found.dense))

    def batches():
        for passage_id in list(truth):
            point = truth.get(passage_id)
            yield [] if point is None else [point]

    client.upsert(list(truth.values()))
    with ThreadPoolExecutor(17) as pool:
        readers = [pool.submit(read, i) for i in range(8)]
        writers = [pool.submit(write, i) for i in range(8)]
        time.sleep(0.1)
        rebuilt = client.rebuild(batches(), MODEL)
        os.kill(pid_of(index_dir), signal.SIGKILL)
        for future in writers:
            future.result(60)
        stop.set()
        for future in readers:
            future.result(60)
    assert rebuilt.generation == 2 and len(searches) > 50
    assert min(searches) == 5  # never a half-read answer
    assert len(truth) == 8 * per_writer + 5
    assert [d.id for d in client.get(sorted(truth))] == sorted(truth)
    assert client.count() == len(truth)


def test_a_copy_of_a_directory_that_is_served_has_an_index_of_its_own(client: IndexClient, index_dir: Path) -> None:
    client.upsert([make_point(1), make_point(2)])
    shutil.copytree(index_dir, index_dir.with_name("copy"))
    copied = local_client(index_dir.with_name("copy"), idle_exit=30)
    copied.delete([1])
    assert (client.count(), copied.count()) == (2, 1)
    assert pid_of(index_dir) != pid_of(index_dir.with_name("copy"))
    copied.close()


def test_a_rebuild_reads_nothing_before_the_process_notes_writes(client: IndexClient) -> None:
    """What is written after `batches` has read the database, and before the journal is open, would be lost."""
    log: list[str] = []

    class Wire:
        def send(self, frame: bytes) -> None:
            log.append(f"send {frame[:1].decode()}")

        def receive(self) -> bytes:
            log.append("receive")
            return protocol.GO

    def batches():
        log.append("read")
        yield [make_point(1)]

    client._stream(Wire(), protocol.REBUILD, batches())  # type: ignore[arg-type]
    assert log.index("receive") < log.index("read")
    assert log == ["send R", "receive", "read", "send B", "receive", "send Z", "receive"]


def test_acknowledged_writes_survive_kill_9(client: IndexClient, index_dir: Path) -> None:
    for attempt in range(2):
        client.upsert([make_point(1 + attempt, f"第 {attempt} 次")])
        client.delete([attempt])
        os.kill(pid_of(index_dir), signal.SIGKILL)
        assert [d.text for d in client.get([1 + attempt])] == [f"第 {attempt} 次"]
        assert client.count() == 1


def test_a_second_owner_is_refused(client: IndexClient, index_dir: Path) -> None:
    command = [sys.executable, "-m", "retrieval.index.process", "--dir", str(index_dir)]
    assert subprocess.run(command, timeout=30, check=False).returncode == owner.EXIT_OWNED
    with pytest.raises(ConfigurationError, match="another process"):
        EdgeStore(index_dir)
    assert client.count() == 0  # the first one goes on


def test_many_starters_get_one_process(index_dir: Path) -> None:
    clients = [local_client(index_dir, idle_exit=5) for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda c: c.count(), clients))
    assert (index_dir / "process.log").read_text().count(" owns ") == 1
    for opened in clients:
        opened.close()


def test_it_leaves_when_nobody_is_connected(index_dir: Path) -> None:
    opened = local_client(index_dir, idle_exit=0.3)
    opened.upsert([make_point(1)])
    pid = pid_of(index_dir)
    time.sleep(0.8)
    assert opened.count() == 1 and pid_of(index_dir) == pid  # connected: it stays
    opened.close()
    assert gone(pid)
    again = local_client(index_dir, idle_exit=0.3)
    assert again.count() == 1  # and the next command finds everything
    again.close()


def test_an_interrupted_rebuild_leaves_the_old_index(client: IndexClient, index_dir: Path) -> None:
    client.upsert([make_point(1)])

    def batches():
        yield [make_point(2)]
        os.kill(pid_of(index_dir), signal.SIGKILL)
        yield [make_point(3)]

    with pytest.raises(Unavailable, match="old index is unchanged"):
        client.rebuild(batches(), MODEL)
    assert [d.id for d in client.get([1, 2, 3])] == [1]
    assert len(list((index_dir / "shards").iterdir())) == 1
    assert not list(index_dir.glob("spool-*")) and not list(index_dir.glob("journal-*"))


def test_one_rebuild_at_a_time(client: IndexClient) -> None:
    def batches():
        with pytest.raises(Conflict, match="already being rebuilt"):
            client.rebuild(iter([]), MODEL)
        yield [make_point(1)]

    assert client.rebuild(batches(), MODEL).count == 1


def test_a_client_of_the_old_model_is_refused_after_a_rebuild(client: IndexClient, index_dir: Path) -> None:
    old = local_client(index_dir)
    old.ensure(MODEL, DIMENSION)
    client.rebuild(iter([[make_point(1)]]), "retrained")  # same dimension: nothing else would tell
    with pytest.raises(ConfigurationError, match="reindex"):
        old.search(unit(1), None, SearchScope(), 5)
    with pytest.raises(ConfigurationError, match="reindex"):
        old.upsert([make_point(2)])
    assert len(client.search(unit(1), None, SearchScope(), 5).dense) == 1
    old.close()


def test_a_rebuild_for_another_model_refuses_upserts_meanwhile(client: IndexClient) -> None:
    client.upsert([make_point(1)])

    def batches():
        yield [make_point(2)]
        with pytest.raises(Unavailable, match="another model"):
            client.upsert([make_point(3)])
        client.delete([2])

    assert client.rebuild(batches(), "retrained").count == 0


def test_the_supervisor_restarts_and_stops_it(index_dir: Path) -> None:
    settings = settings_for(index_dir)
    with Supervisor(settings, interval=0.05):
        pid = pid_of(index_dir)
        os.kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + 20
        while (found := owner.find(index_dir)) is None or found.pid == pid or try_dial(index_dir) is None:
            assert time.monotonic() < deadline, "not restarted"
            time.sleep(0.05)
        store = connect(settings)
        assert store.count() == 0
        store.close()
        last = pid_of(index_dir)
    assert gone(last) and not owner.is_owned(index_dir)


def test_the_supervisor_does_not_stop_what_it_did_not_start(client: IndexClient, index_dir: Path) -> None:
    pid = pid_of(index_dir)
    with Supervisor(settings_for(index_dir)):
        assert pid_of(index_dir) == pid
    assert client.count() == 0 and pid_of(index_dir) == pid


@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_a_link_waits_no_longer_than_it_was_told(monkeypatch: pytest.MonkeyPatch, platform: str) -> None:
    monkeypatch.setattr(link_module, "sys", SimpleNamespace(platform=platform))
    listener, address = link_module.listen_here()
    with listener:
        link = Link(dialed(*address))
        silent, _ = listener.accept()  # neither answers nor reads
        link.timeout(0.1)
        started = time.monotonic()
        with pytest.raises(TimeoutError):
            link.receive()
        with pytest.raises(TimeoutError):
            link.send(bytes(1 << 26))
        assert 0.2 <= time.monotonic() - started < 10
        link.timeout(None)
        silent.sendall(b"\x02\x00\x00\x00ok")
        assert link.receive() == b"ok"
        link.close()
        silent.close()


@pytest.mark.parametrize("platform", ["linux", "darwin"])
def test_processes_of_this_host_find_each_other(monkeypatch: pytest.MonkeyPatch, platform: str) -> None:
    monkeypatch.setattr(link_module, "sys", SimpleNamespace(platform=platform))
    listener, address = link_module.listen_here()
    with listener, dialed(*address) as one, listener.accept()[0] as other:
        Link(one).send(b"hello")
        assert Link(other).receive() == b"hello"
        assert (one.family == socket.AF_UNIX) == (platform == "linux")
    with pytest.raises(OSError):
        dialed(*address)


def test_a_full_backlog_is_a_time_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_module, "_BACKLOG", 0)
    monkeypatch.setattr(link_module, "HANDSHAKE_SECONDS", 0.2)
    listener, address = link_module.listen_here()
    waiting: list[socket.socket] = []
    with listener, pytest.raises(TimeoutError):
        for _ in range(5):
            waiting.append(dialed(*address))
    for sock in waiting:
        sock.close()


def test_a_stranger_is_not_served(client: IndexClient, index_dir: Path) -> None:
    found = owner.find(index_dir)
    assert found is not None and (index_dir / "authkey").stat().st_mode & 0o777 == 0o600
    assert found.host.startswith("@") == (sys.platform == "linux")
    with pytest.raises(KeyMismatch):
        Link.dial(found.host, found.port, b"guess", 5)
    with dialed(found.host, found.port) as sock:
        sock.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" + b"x" * 64)
        sock.settimeout(10)
        assert sock.recv(100) == b""
    assert client.count() == 0


def test_served_by_address_with_the_shared_secret(index_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    environment = {**os.environ, "COPILOT_SECRET_KEY": SECRET}
    command = [sys.executable, "-m", "retrieval.index.process", "--dir", str(index_dir), "--port", str(port)]
    process = subprocess.Popen(command, env=environment)
    try:
        settings = settings_for(index_dir, index_address=f"127.0.0.1:{port}", secret_key=SECRET)
        store = connect(settings)
        store.ensure(MODEL, DIMENSION)
        store.upsert([make_point(1)])
        assert store.count() == 1
        store.close()
        with pytest.raises(Unavailable, match="COPILOT_SECRET_KEY"):
            remote_client(f"127.0.0.1:{port}", b"other").count()
    finally:
        process.terminate()
        assert process.wait(20) == 0


def test_unavailable_says_what_to_do(index_dir: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    with pytest.raises(Unavailable, match=f"{address}; is it running"):
        remote_client(address, b"key", patience=0.2).count()
    with pytest.raises(ConfigurationError, match="host:port"):
        remote_client("index", b"key")
    index_dir.mkdir(parents=True)
    (index_dir / "current.json").write_text("{")
    with pytest.raises(Unavailable, match="copilot reindex"):
        local_client(index_dir, patience=15).count()


def test_the_default_secret_is_refused_for_an_address(index_dir: Path) -> None:
    with pytest.raises(ConfigurationError, match="COPILOT_SECRET_KEY"):
        connect(settings_for(index_dir, index_address="127.0.0.1:7077"))
