"""Any text, quoted as a value of an override, comes back from Hydra and OmegaConf as it was."""

from hydra.core.override_parser.overrides_parser import OverridesParser
from hypothesis import example, given
from hypothesis import strategies as st
from omegaconf import OmegaConf

from lagrun.config.overrides import quoted

#: Texts that are full of what Hydra's grammar and OmegaConf's take for signs of their own.
SIGNS = st.lists(
    st.one_of(
        st.sampled_from(["\\", "'", '"', "${", "}", "[", "(", ",", "=", ":", " ", "\n", "x"]), st.text(max_size=2)
    ),
    max_size=8,
).map("".join)


@given(SIGNS)
@example("\\${")
@example("\\\\${x}")
@example("'\\${'")
def test_any_quoted_text_comes_back_from_hydra(text: str) -> None:
    value = OverridesParser.create().parse_override(f"key={quoted(text)}").value()
    assert OmegaConf.create({"key": value})["key"] == text
    if "${" not in text:
        assert value == text
