"""Names of classes: what the values of a raster stand for."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from pydantic_core import core_schema

from tiling.text.plain_text import check_plain

MAX_LABELS: Final = 512
MAX_LABEL: Final = 100
LARGEST: Final = 2**53
"""What is larger is no integer any more to JavaScript."""

Pairs = tuple[tuple[int, str], ...]


def check_labels(labels: Pairs) -> None:
    """Raise ValueError for what cannot be shown as names of classes."""
    if len(labels) > MAX_LABELS:
        raise ValueError(f"labels must name at most {MAX_LABELS} values")
    if len({value for value, _ in labels}) < len(labels):
        raise ValueError("labels must name each value once")
    for value, name in labels:
        if type(value) is not int or abs(value) > LARGEST:
            raise ValueError("labels must name integers")
        if not isinstance(name, str) or not 0 < len(name) <= MAX_LABEL:
            raise ValueError(f"each of the labels must have 1 to {MAX_LABEL} characters")
        check_plain(name, "each of the labels")


def _pairs(value: object) -> object:
    """Return an object of names by value as pairs, in the order of the values."""
    if not isinstance(value, Mapping):
        return value
    if len(value) > MAX_LABELS:
        raise ValueError(f"labels must name at most {MAX_LABELS} values")
    try:
        return tuple(sorted((int(str(number)[:20]), name) for number, name in value.items()))
    except (TypeError, ValueError) as exc:
        raise ValueError('labels must be an object of names by value, such as {"1": "Water"}') from exc


def _object(pairs: Pairs) -> dict[str, str]:
    return {str(value): name for value, name in pairs}


class _AsObject:
    """Has pydantic, wherever it is used, read and write pairs as an object."""

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> core_schema.CoreSchema:
        text = core_schema.str_schema()
        written = core_schema.plain_serializer_function_ser_schema(
            _object, return_schema=core_schema.dict_schema(text, text)
        )
        return core_schema.no_info_before_validator_function(_pairs, handler(source), serialization=written)

    def __get_pydantic_json_schema__(self, _schema: Any, _handler: Any) -> dict[str, Any]:
        return {"type": "object", "additionalProperties": {"type": "string"}}


Labels = Annotated[Pairs, _AsObject()]
"""Names by value; in JSON an object, whose keys are the values."""
