"""The commands that are made from the registry: help, options, values. Nothing is asked here."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner

from service.cli import main
from service.cli.remote.command import OperationCommand
from service.cli.remote.description import operations
from service.cli.remote.help import EXAMPLES, example
from service.cli.remote.showing import human_size, shown
from service.cli.remote.tree import ABOUT, command_for

if TYPE_CHECKING:
    from pathlib import Path

HEAVY = ("rasterio", "numpy", "sqlalchemy", "redis", "aiohttp", "pydantic", "service.settings")
RING = [[7, 46], [8, 46], [8, 47], [7, 46]]


def command(operation_id: str) -> OperationCommand:
    found = command_for(operations()[operation_id].words, operations())
    assert isinstance(found, OperationCommand)
    return found


def body(operation_id: str, *words: str) -> dict[str, Any]:
    """The request that a command line becomes."""
    made = command(operation_id)
    with made.make_context("command", list(words)) as context:
        return made.body(context.params)


def help_of(*words: str) -> str:
    result = CliRunner().invoke(main, [*words, "--help"], terminal_width=100)
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.parametrize("operation_id", operations())
def test_every_operation_has_help_with_an_option_for_every_field(operation_id: str) -> None:
    operation = operations()[operation_id]
    text = help_of(*operation.words)

    assert operation.summary in " ".join(text.split())
    assert [field.name for field in operation.fields if field.option not in text] == []
    assert f"tilegate {' '.join(operation.words)}" in text.partition("Example")[2]


@pytest.mark.parametrize("operation_id", operations())
def test_the_example_of_an_operation_can_be_typed(operation_id: str) -> None:
    operation = operations()[operation_id]
    words = example(operation).partition(" > ")[0].split()[1 + len(operation.words) :]

    assert body(operation_id, *("[]" if word.startswith("@") else word for word in words)) or not operation.required


def test_the_help_of_a_group_names_what_is_in_it() -> None:
    assert "Make, change and end links" in help_of("share")
    assert "raster" in help_of("share")
    assert "revoke" in help_of("share", "link")


def test_the_help_of_all_lists_verbs_and_groups_and_imports_no_server() -> None:
    code = f"""
import sys
from service.cli import main
try:
    main(["--help"])
except SystemExit:
    pass
try:
    main(["share", "link", "create", "--help"])
except SystemExit:
    pass
print([name for name in {HEAVY!r} if name in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
    for word in ("serve", "demo", "login", "whoami", "share", "item", "usage"):
        assert f"  {word} " in done.stdout


def test_every_group_says_what_it_is_about() -> None:
    groups = {each.words[:depth] for each in operations().values() for depth in range(1, len(each.words))}
    assert groups - set(ABOUT) == set()


def test_every_better_example_is_of_an_operation() -> None:
    assert set(EXAMPLES) - set(operations()) == set()


def test_no_field_is_called_like_an_option_of_every_command() -> None:
    for operation in operations().values():
        params = [option for param in command(operation.id).params for option in (*param.opts, *param.secondary_opts)]
        assert len(params) == len(set(params)), operation.id


LINK = ("--target-type", "item", "--target-id", "itm_1")


def test_values_are_sent_as_the_types_that_they_are() -> None:
    sent = body("share.link.create", *LINK, "--max-views", "3", "--expires-in-hours", "1.5", "--notify", "--no-dry-run")
    assert sent == {
        "target_type": "item", "target_id": "itm_1", "max_views": 3, "expires_in_hours": 1.5, "notify": True,
        "dry_run": False,
    }  # fmt: skip


def test_lists_are_given_by_repeating_and_objects_as_json_or_pairs() -> None:
    sent = body(
        "share.link.create", *LINK, "--profiles", "rgb", "--profiles", "ndvi",
        "--targets", "target_type=item,target_id=itm_2", "--targets", '[{"target_type": "item", "target_id": "itm_3"}]',
    )  # fmt: skip
    assert sent["profiles"] == ["rgb", "ndvi"]
    assert [target["target_id"] for target in sent["targets"]] == ["itm_2", "itm_3"]


def test_objects_and_long_texts_can_be_in_files(tmp_path: Path) -> None:
    (tmp_path / "area.json").write_text(f'{{"type": "Polygon", "coordinates": [{RING}]}}')
    (tmp_path / "about.md").write_text("# A field\n")
    files = ("--area", f"@{tmp_path / 'area.json'}", "--description", f"@{tmp_path / 'about.md'}")
    sent = body("share.link.create", *LINK, *files)
    assert sent["area"]["coordinates"] == [RING]
    assert sent["description"] == "# A field\n"


def test_a_time_is_so_long_from_now_or_rfc_3339() -> None:
    sent = body("share.link.create", *LINK, "--expires-in", "7d", "--starts-at", "2030-01-02T03:04:05+01:00")
    assert abs(datetime.fromisoformat(sent["expires_at"]) - datetime.now(UTC) - timedelta(days=7)) < timedelta(
        minutes=1
    )
    assert sent["starts_at"] == "2030-01-02T02:04:05Z"


def test_what_is_left_out_is_not_sent_and_clear_takes_it_away() -> None:
    assert body("share.link.update", "lnk_1", "--name", "New") == {"link_id": "lnk_1", "name": "New"}
    sent = body("share.link.update", "lnk_1", "--clear", "max_views", "--clear", "profiles", "--clear", "description")
    assert sent == {"link_id": "lnk_1", "max_views": None, "profiles": [], "description": ""}


def test_a_link_without_a_password_is_asked_for_in_so_many_words() -> None:
    assert body("share.link.create", *LINK, "--no-password")["password"] is None
    assert "password" not in body("share.link.create", *LINK)


def test_the_one_required_field_needs_no_option() -> None:
    assert body("share.link.revoke", "lnk_1") == body("share.link.revoke", "--link-id", "lnk_1") == {"link_id": "lnk_1"}


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["share", "link", "create"], "--target-type, --target-id missing"),
        (["share", "link", "create", "--target-type", "planet", "--target-id", "x"], "'planet' is not one of"),
        (["share", "link", "revoke"], "--link-id missing"),
        (["share", "link", "revoke", "a", "--link-id", "b"], "given twice"),
        (["share", "link", "create", *LINK, "--expires-in", "soon"], "'soon' is not a duration"),
        (["share", "link", "create", *LINK, "--area", "{"], "this is not JSON"),
        (["share", "link", "create", *LINK, "--area", "@/nowhere"], "/nowhere: No such file"),
        (["share", "link", "create", *LINK, "--max-views", "0"], "0 is not in the range"),
        (["share", "link", "fly"], "No such command 'fly'"),
        (["usage", "history", "--organization-id", "o", "--first-day", "monday"], "'monday' is not a day"),
        (["no-such-thing"], "No such command"),
    ],
)
def test_bad_input_is_told_in_one_line_with_the_help_to_read(words: list[str], reason: str) -> None:
    result = CliRunner().invoke(main, words)
    assert result.exit_code == 2
    assert reason in result.stderr
    assert result.stderr.count("\n") == 1
    assert "--help" in result.stderr


def test_an_answer_is_names_and_values_and_then_tables() -> None:
    page = {
        "total": {"renders": 3, "bytes": 1_234_567},
        "open": True,
        "none": None,
        "at": "2026-02-27T12:00:01.250000Z",
        "rows": [{"id": "lnk_1", "name": "One", "size": 2048, "tags": []}, {"id": "lnk_22", "name": "Two", "size": 3}],
        "next_cursor": "abc",
    }
    assert list(shown(page)) == [
        "total:",
        "  renders  3",
        "  bytes    1.2 MB (1,234,567 bytes)",
        "open  yes",
        "at    2026-02-27T12:00:01Z",
        "",
        "rows:",
        "id      name  size",
        "lnk_1   One   2.0 kB",
        "lnk_22  Two      3 B",
    ]


def test_an_answer_with_nothing_in_it_says_so() -> None:
    assert list(shown({"links": [], "next_cursor": None})) == ["Nothing."]


@pytest.mark.parametrize(
    ("count", "told"), [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (999_960, "1.0 MB"), (5 * 10**15, "5.0 PB")]
)
def test_sizes_are_told_as_people_say_them(count: int, told: str) -> None:
    assert human_size(count) == told
