"""Who waits for a search without sleeping, and when nobody does."""

from __future__ import annotations

import resource
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from retrieval.index import link as links
from retrieval.index.client import IndexClient
from retrieval.index.edge import EdgeStore
from retrieval.index.link import Link, listen_here
from retrieval.index.process import IndexProcess
from retrieval.index.spin import GAP_SECONDS, Spinner
from retrieval.index.store import PendingHits
from tests.retrieval.index.conftest import DIMENSION, MODEL, make_point
from tests.retrieval.index.test_hybrid import begin, finish, question

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="sockets of one host, as the product uses them")


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How often somebody looked for the frame; the clock goes on by a tenth of the gap with each look."""
    seen: list[float] = []
    monkeypatch.setattr("retrieval.index.spin.time.monotonic", lambda: len(seen) * GAP_SECONDS / 10)
    monkeypatch.setattr("retrieval.index.spin.os.sched_yield", lambda: None)
    return seen


def looking(looks: list[float], ready_after: int) -> Callable[[], bool]:
    def ready() -> bool:
        looks.append(0.0)
        return len(looks) > ready_after

    return ready


def test_it_looks_until_the_frame_is_there(looks: list[float]) -> None:
    Spinner(cores=2).wait(looking(looks, 7), lambda: True, seconds=1)
    assert len(looks) == 8


def test_it_gives_up_after_its_time(looks: list[float]) -> None:
    Spinner(cores=2).wait(looking(looks, 10_000), lambda: True, seconds=5 * GAP_SECONDS)
    assert 50 <= len(looks) <= 52


def test_it_ends_when_it_is_no_longer_alone(looks: list[float]) -> None:
    Spinner(cores=2).wait(looking(looks, 10_000), lambda: len(looks) < 4, seconds=1)
    assert len(looks) == 4


def test_a_single_core_is_left_to_the_other_side(looks: list[float]) -> None:
    Spinner(cores=1).wait(looking(looks, 0), lambda: True, seconds=1)
    assert not looks


def test_it_rests_for_a_second_after_somebody_else_had_the_core(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    looks: list[float] = []
    monkeypatch.setattr("retrieval.index.spin.time.monotonic", lambda: now[0])
    monkeypatch.setattr("retrieval.index.spin.os.sched_yield", lambda: now.__setitem__(0, now[0] + 0.003))
    spinner = Spinner(cores=2)
    spinner.wait(looking(looks, 10_000), lambda: True, seconds=1)
    assert len(looks) == 1
    now[0] += 0.5
    spinner.wait(looking(looks, 10_000), lambda: True, seconds=1)
    assert len(looks) == 1
    now[0] += 0.6
    spinner.wait(looking(looks, 10_000), lambda: True, seconds=1)
    assert len(looks) == 2


@pytest.fixture
def late() -> Iterator[Link]:
    """A link on which another process sends one frame half a second after it was told to."""
    ours, theirs = socket.socketpair()
    code = (
        "import socket, struct, sys, time\n"
        f"s = socket.socket(fileno={theirs.fileno()})\n"
        "s.recv(1)\ntime.sleep(.5)\ns.sendall(struct.pack('<I', 4) + b'here')\ns.recv(1)"
    )
    process = subprocess.Popen([sys.executable, "-c", code], pass_fds=[theirs.fileno()])
    theirs.close()
    with ours:
        yield Link(ours)
    process.wait(10)


def sleeps(call: Callable[[], object]) -> int:
    before = resource.getrusage(resource.RUSAGE_THREAD).ru_nvcsw
    call()
    return resource.getrusage(resource.RUSAGE_THREAD).ru_nvcsw - before


def test_a_link_sleeps(late: Link) -> None:
    late._sock.sendall(b"!")
    assert sleeps(late.receive) > 0


def test_a_link_that_spins_does_not(late: Link, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(links, "_SPINNER", Spinner(cores=2))
    monkeypatch.setattr("retrieval.index.spin.GAP_SECONDS", 60.0)  # others may have the core meanwhile
    late._sock.sendall(b"!")
    assert sleeps(lambda: late.spin(lambda: True, 30)) == 0
    assert late.receive() == b"here"


def test_no_spinning_across_a_network() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        client = socket.create_connection(listener.getsockname())
        server, _ = listener.accept()
        with client, server:
            Link(client).spin(lambda: pytest.fail("it looked"), 1)


def test_what_was_read_already_is_not_waited_for() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        link = Link(ours)
        theirs.sendall(2 * (struct.pack("<I", 1) + b"x"))
        assert link.receive() == b"x"
        link.spin(lambda: pytest.fail("it looked"), 1)
        assert link.receive() == b"x"


Spun = list[tuple[Callable[[], bool], float]]


@pytest.fixture
def spun(monkeypatch: pytest.MonkeyPatch) -> Spun:
    """Who would have spun, of both sides, and for how long; nobody does."""
    seen: Spun = []
    monkeypatch.setattr(Link, "spin", lambda _, alone, seconds: seen.append((alone, seconds)))
    return seen


@pytest.fixture
def client(index_dir: Path) -> Iterator[IndexClient]:
    """Of an index process that is a thread of ours."""
    listener, address = listen_here()
    served = IndexProcess(EdgeStore(index_dir), listener, b"key", idle_exit=0)
    thread = threading.Thread(target=served.run)
    thread.start()
    client = IndexClient(lambda timeout: Link.dial(*address, b"key", timeout))
    client.ensure(MODEL, DIMENSION)
    client.upsert([make_point(1)])
    yield client
    client.close()
    served.stop()
    thread.join()


def begun(client: IndexClient, spun: Spun) -> tuple[PendingHits, Callable[[], bool]]:
    """A search without its vector, and what the process asks before it waits for that."""
    count = len(spun)
    search = begin(client, question())
    while len(spun) == count:
        time.sleep(0.001)
    return search, spun[-1][0]


def test_both_sides_spin_for_the_only_search(client: IndexClient, spun: Spun) -> None:
    search, process_is_alone = begun(client, spun)
    assert process_is_alone()
    assert client.has_one_search()
    assert finish(search, question())
    assert [seconds for _, seconds in spun] == [0.02, 0.004]
    assert not client.has_one_search()


def test_nobody_spins_while_there_are_two(client: IndexClient, spun: Spun) -> None:
    spare = client.take_idle()
    client.count()  # on a second connection
    assert spare is not None
    client.give_back(spare)
    first, process_is_alone = begun(client, spun)
    second, _ = begun(client, spun)
    assert not process_is_alone()
    assert not client.has_one_search()
    with second:
        pass
    assert client.has_one_search()
    assert finish(first, question())
