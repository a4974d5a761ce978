"""The addresses of a link's files in the OpenAPI document."""

from __future__ import annotations

from typing import Any

from service.api.openapi.parts import BINARY, FILE, PAGE, PART, PART_OF_ZIP, TOKEN, TOLD_TO_PEOPLE, ZIP, get, parameter

PATH = parameter("path", "string", "path", "With slashes")
UPLOAD = parameter(
    "upload", "string", "query", "Which upload in parts: as the header Location of its first answer says"
)
ITEM = parameter("item", "string", "query", "One thing of a bundle; default: the target")
GEOJSON = {"description": "GeoJSON", "content": {"application/geo+json": {"schema": {"type": "object"}}}}
COMPLETE = "?0 where more parts follow, ?1 with the last one"
FORM = {
    "type": "object",
    "properties": {
        "file": BINARY["schema"] | {"description": "May be repeated"},
        "replace": {"type": "string", "description": "Before the files that it is for: they may replace others"},
    },
}
SENT = {"206": PART, "304": {"description": "Held"}, "416": {"description": "No such part"}}
STATE = {"description": "How much has come, in Upload-Offset"}


def file_paths(listing: dict[str, Any], entry: dict[str, Any]) -> dict[str, Any]:
    """Return what can be asked of a link's files. `listing`, `entry`: the answers that describe a folder and a file."""
    listing = listing | {"content": listing["content"] | PAGE["content"]}
    either = listing | {"content": listing["content"] | FILE["content"]}
    limit = parameter("limit", "integer", "query", "How many entries at most; default 200")
    paging = [limit, parameter("cursor", "string", "query", "`next_cursor` of the page before")]
    some = parameter("path", "array", "query", "A file or folder; may be repeated. Default: all")
    some["schema"]["items"] = {"type": "string"}
    return {
        "/s/{token}/files": {
            "get": get("The files that the link shares", [TOKEN, *paging], {"200": listing, **TOLD_TO_PEOPLE}),
            "post": _form([TOKEN]),
        },
        "/s/{token}/files/{path}": {
            "get": get(
                "A file, or a folder's listing",
                [TOKEN, PATH, *paging],
                {"200": either, **SENT, **TOLD_TO_PEOPLE},
            ),
            "post": _form([TOKEN, PATH]),
            **_writing(entry),
        },
        "/s/{token}/features.geojson": {
            "get": get("The features of a GeoJSON item, for a map to draw", [TOKEN, ITEM], {"200": GEOJSON, **SENT})
        },
        "/s/{token}/archive.zip": {
            "get": get(
                "Several files as one ZIP; it can be resumed",
                [TOKEN, some],
                {"200": ZIP, **SENT, **PART_OF_ZIP, **TOLD_TO_PEOPLE},
            )
        },
    }


def _writing(entry: dict[str, Any]) -> dict[str, Any]:
    """Return what a link with permission write lets do at a file's address."""
    complete = parameter("Upload-Complete", "string", "header", COMPLETE)
    offset = parameter("Upload-Offset", "integer", "header", "Where the part begins") | {"required": True}
    which = UPLOAD | {"required": True}
    stored = {"200": entry | {"description": "Replaced"}, "201": entry | {"description": "Stored, or begun"}}
    put = get("Upload a file, or begin to", [TOKEN, PATH, complete], stored)
    patch = get("Send the next part of an upload", [TOKEN, PATH, which, offset, complete], stored | {"204": STATE})
    return {
        "put": put | {"requestBody": body("application/octet-stream")},
        "patch": patch | {"requestBody": body("application/partial-upload")},
        "head": get(
            "How much of an upload has come, or what a file is", [TOKEN, PATH, UPLOAD], {"200": FILE, "204": STATE}
        ),
        "delete": get("Give an upload up", [TOKEN, PATH, which], {"204": {"description": "Given up"}}),
    }


def _form(parameters: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what the form of a folder's page sends. A field that it does not name changes nothing."""
    listed = {"description": "See the folder", "headers": {"Location": {"schema": {"type": "string"}}}}
    form = get("Upload files by a form", parameters, {"303": listed, **TOLD_TO_PEOPLE})
    return form | {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": FORM}}}}


def body(media_type: str) -> dict[str, Any]:
    """Return the body of a request that is bytes."""
    return {"required": True, "content": {media_type: BINARY}}
