"""The picture of the rooms: it is that of today's imports, and hides nothing."""

from xml.etree import ElementTree

from lagrun.config.paths import CONF
from scripts.rooms import between_rooms, boxes, imports
from scripts.rooms_picture import _is_behind, picture, placed

SVG = "{http://www.w3.org/2000/svg}"


def test_the_picture_in_docs_is_that_of_the_imports() -> None:
    stored = (CONF.parent / "docs" / "rooms.svg").read_text(encoding="utf-8")
    assert stored == picture(*boxes(between_rooms(imports()))), "python -m scripts.rooms --output docs/rooms.svg"


def test_rooms_are_folded_into_their_boxes() -> None:
    rooms = {"models": {"losses", "text"}, "losses": {"checks"}, "a": {"a/b", "models"}, "a/b": {"text"}}
    assert boxes(rooms) == (
        {"options": {"leaves"}, "a": {"options", "leaves"}},
        {"options": ["losses", "models"], "a": ["b"]},
    )


def test_a_picture_has_every_box_and_no_arrow_that_a_chain_says_too() -> None:
    drawn = ElementTree.fromstring(picture({"top": {"middle", "<low>"}, "middle": {"<low>"}}, {"top": ["part"]}))
    assert [text.text for text in drawn.iter(f"{SVG}text")] == ["<low>", "middle", "top", "part"]
    assert len(drawn.findall(f"{SVG}path")) == 2


def test_no_arrow_passes_behind_a_box() -> None:
    graph = {"top": {"low", "middle"}, "middle": {"lowest"}, "low": {"lowest"}, "other": {"low"}}
    places = placed({**graph, "top": {"middle", "other", "lowest"}})
    lines = [(places["top"], places["lowest"]), (places["other"], places["low"])]
    assert not any(_is_behind(line, place) for line in lines for place in places.values())
    assert _is_behind(((0, 3), (0, 1)), (0, 2))
    assert _is_behind(((0, 4), (1, 1)), (0, 3))
    assert not _is_behind(((0, 3), (0, 1)), (1, 2))
