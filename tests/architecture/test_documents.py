"""What is written down agrees with the code: settings, links, commands, requirements."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from core.settings import Settings
from scripts import generate_docs
from scripts.serving_requirements import distribution
from tests.architecture.tree import ROOT, name_of, packages, tracked
from worker.handlers import HANDLERS

MARKDOWN = [path for path in tracked() if path.suffix == ".md" and path.relative_to(ROOT).parts[0] not in {"demo"}]
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def test_generated_pages_are_current() -> None:
    stale = [name_of(path) for path, text in generate_docs.wanted().items() if path.read_text("utf-8") != text]
    assert stale == [], "run python scripts/generate_docs.py"


def test_every_setting_says_what_it_is() -> None:
    assert [name for name, field in Settings.model_fields.items() if not (field.description or "").strip()] == []


def test_the_example_of_settings_has_them_all() -> None:
    text = (ROOT / ".env.example").read_text("utf-8")
    named = {name.lower() for name in re.findall(r"^#? ?COPILOT_(\w+)=", text, re.MULTILINE)}
    assert named == set(Settings.model_fields)


def broken_links(path: Path) -> list[str]:
    """Relative links of a page whose file, or heading within it, does not exist."""
    broken = []
    for link in _LINK.findall(_FENCE.sub("", path.read_text("utf-8"))):
        if re.match(r"[a-z]+:", link):
            continue
        file, _, anchor = link.partition("#")
        target = (path.parent / file).resolve() if file else path
        if not target.exists() or (anchor and target.suffix == ".md" and anchor not in anchors(target)):
            broken.append(link)
    return broken


def anchors(path: Path) -> set[str]:
    """Names of the headings, as GitHub makes them."""
    headings = re.findall(r"^#+ +(.+)$", _FENCE.sub("", path.read_text("utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("path", MARKDOWN, ids=name_of)
def test_links_lead_somewhere(path: Path) -> None:
    assert broken_links(path) == []


def test_a_broken_link_is_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# Here\n[a](page.md#here) [b](gone.md) [c](#there) [d](https://example.com)\n", "utf-8")
    assert broken_links(page) == ["gone.md", "#there"]


_OURS = "|".join(packages())
_NAME = re.compile(rf"`((?:{_OURS})(?:\.\w+)+)[`(]")
_FILE = re.compile(rf"`((?:{_OURS}|tests|scripts|migrations|docs|requirements)/[\w./-]*\w)[`:]")


def named_but_missing(text: str) -> list[str]:
    """Dotted names and paths of ours that a page writes as code and that are not there (any more)."""
    missing = [file for file in _FILE.findall(text) if not (ROOT / file).exists()]
    for name in sorted(set(_NAME.findall(text)) - set(HANDLERS)):
        parts = name.split(".")
        size = max(n for n in range(1, len(parts) + 1) if _module(parts[:n]) is not None)
        source = (_module(parts[:size]) or ROOT).read_text("utf-8")
        missing += [name] * any(not re.search(rf"\b{part}\b", source) for part in parts[size:])
    return missing


def _module(parts: list[str]) -> Path | None:
    base = ROOT.joinpath(*parts)
    return next((path for path in (base.with_suffix(".py"), base / "__init__.py") if path.is_file()), None)


@pytest.mark.parametrize("path", MARKDOWN, ids=name_of)
def test_what_a_page_names_is_there(path: Path) -> None:
    assert named_but_missing(path.read_text("utf-8")) == []


def test_a_name_that_is_gone_is_found() -> None:
    text = "`copilot.prepare.begin` `copilot.prepare.gone` `worker/reactions.py` `worker/gone.py` `channels.send`"
    assert named_but_missing(text) == ["worker/gone.py", "copilot.prepare.gone"]


def test_every_decision_is_in_the_index() -> None:
    folder = ROOT / "docs" / "decisions"
    index = (folder / "README.md").read_text("utf-8")
    assert [path.name for path in folder.glob("0*.md") if f"({path.name})" not in index] == []


def test_the_two_readmes_lead_to_each_other_and_show_the_same_commands() -> None:
    english, chinese = ((ROOT / name).read_text("utf-8") for name in ("README.md", "README.zh-CN.md"))
    assert "README.zh-CN.md" in english[:400] and "README.md" in chinese[:400]
    shown = [
        [
            line.split(" #")[0].strip()
            for block in _FENCE.findall(text)
            if block.startswith("```sh")
            for line in block.splitlines()
        ]
        for text in (english, chinese)
    ]
    assert shown[0] == shown[1]


def test_make_help_lists_every_target() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    phony = set(" ".join(re.findall(r"^\.PHONY:(.*)$", makefile, re.MULTILINE)).split())
    helped = set(re.findall(r"^([a-z-]+):.*##", makefile, re.MULTILINE))
    assert phony == helped, "a phony name without a rule, or a rule without `## what it does`"


def pinned() -> set[str]:
    lock = (ROOT / "requirements" / "lock.txt").read_text("utf-8")
    lines = [line for line in lock.splitlines() if line.strip() and not line.startswith("#")]
    assert [line for line in lines if "==" not in line] == []
    return {distribution(line) for line in lines}


def test_every_direct_requirement_is_pinned() -> None:
    direct = (ROOT / "requirements" / "direct.txt").read_text("utf-8").splitlines()
    wanted = {distribution(line) for line in direct if line.strip() and not line.startswith("#")}
    assert wanted - pinned() == set()


def test_torch_is_pinned_once() -> None:
    """Makefile and Dockerfile install it first; the lock must not bring another one."""
    versions = {
        re.search(r"torch==([\d.]+)", (ROOT / name).read_text("utf-8"))[1]  # type: ignore[index]
        for name in ("Makefile", "Dockerfile")
    }
    assert len(versions) == 1
    assert "torch" not in pinned()


def test_no_machine_is_named() -> None:
    """Paths of the machine that something was written on, and hosts of its package mirror, help nobody else."""
    paths = re.compile(r"(?<![\w.}>])/(?:work|root|tmp|home/\w+)/")
    hosts = re.compile(r"https?://[\w.-]*(?:artifactory|nexus|jfrog|mirror)[\w.-]*", re.IGNORECASE)
    found = []
    for path in tracked():
        try:
            text = path.read_text("utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{name_of(path)}: {hit}" for pattern in (paths, hosts) for hit in pattern.findall(text)]
    assert found == []
