"""The blocks of docs/tour.md, pasted in order into one shell, against the demo."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.browser.conftest import ROOT, install
from tests.stack import Stack

BLOCK = re.compile(r"^```bash\n(.*?)^```", re.MULTILINE | re.DOTALL)
BEFORE = "http://127.0.0.1:8000"
PROGRAMS = ("curl", "openssl")


@pytest.fixture(scope="module")
def said(demo: Stack, tmp_path_factory: pytest.TempPathFactory) -> list[list[str]]:
    """What each block prints."""
    if missing := [name for name in PROGRAMS if shutil.which(name) is None]:
        install(*missing)
        if not all(map(shutil.which, PROGRAMS)):
            pytest.skip(
                f"THE TOUR WAS NOT TAKEN: {missing} missing. Install them: apt-get install -y {' '.join(missing)}"
            )
    blocks = BLOCK.findall((ROOT / "docs" / "tour.md").read_text("utf-8"))
    assert BEFORE in blocks[0]
    folder: Path = tmp_path_factory.mktemp("tour")
    text = "\necho ----\n".join(blocks).replace(BEFORE, demo.urls[0])
    environment = {**os.environ, "no_proxy": "127.0.0.1", "PYTHONUTF8": "1"}
    done = subprocess.run(
        ["bash", "-u"], input=text, capture_output=True, text=True, cwd=folder, env=environment, timeout=400
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert list(folder.iterdir()) == [], "the tour leaves files behind"
    return [part.splitlines() for part in done.stdout.split("----\n")]


def test_a_question_is_answered_with_its_source_and_the_second_reader_is_told(said: list[list[str]]) -> None:
    text, sources, verdicts, _ = said[2]
    assert "7天" in text and "'supported'" in verdicts and sources != "[]"
    accepted, refused, messages = said[3]
    assert accepted.startswith("('accepted'") and refused.startswith("(409")
    assert re.search(r"'queued', 'no connection to http://127.0.0.1:8999/replies.*', '20", messages)


def test_an_answer_is_learned_and_used(said: list[list[str]]) -> None:
    learned = said[4]
    assert "'hand_over'" in learned[0]
    assert "发热管" in learned[3] and learned[4] == "published" and learned[5] != "None"
    assert "case:" in learned[6]


def test_a_parcel_is_told_to_its_customer_alone(said: list[list[str]]) -> None:
    known, unknown = said[5]
    assert known.startswith("('auto_sent', 'auto_send'") and unknown.startswith("('pending', 'hand_over'")


def test_a_reply_that_is_refused_is_listed_until_somebody_settles_it(said: list[list[str]]) -> None:
    (listed,) = said[7]
    assert "'failed', 'HTTP 404" in listed
