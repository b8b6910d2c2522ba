"""Things that are counted below each of what they belong to: the first of each has the same id."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.check.plain_api import Answer, body, broken, document, kept, operation, parameters, run, schema


def albums() -> dict[str, Any]:
    of, one = "/albums/{album}/tracks", "/albums/{album}/tracks/{id}"
    resources = {
        "Album": {"id": "id", "managed": {"id": "create"}},
        "Track": {"id": "id", "managed": {"id": "create"}, "parent": {"resource": "Album", "by": "album"}},
    }
    text = body(title="string")
    paths = {
        "/albums": {
            "get": operation("albums", "Album.list", "Albums"),
            "post": operation("addAlbum", "Album.create", "Album", **text),
        },
        "/albums/{id}": {
            "parameters": parameters("id"),
            "get": operation("readAlbum", "Album.read", "Album"),
            "delete": operation("dropAlbum", "Album.delete", "Album"),
        },
        of: {
            "parameters": parameters("album"),
            "get": operation("tracks", "Track.list", "Tracks"),
            "post": operation("addTrack", "Track.create", "Track", **text),
        },
        one: {
            "parameters": parameters("album", "id"),
            "get": operation("readTrack", "Track.read", "Track"),
            "patch": operation("changeTrack", "Track.update", "Track", **text),
            "delete": operation("dropTrack", "Track.delete", "Track"),
        },
    }
    lists = {
        f"{name}s": {"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}} for name in resources
    }
    return document(
        resources, paths, {**{n: schema(id="string", title="string") for n in resources}, **lists}
    )


class Server:
    def __init__(self, fault: str = "") -> None:
        self.fault = fault
        self.albums: dict[str, Any] = {}
        self.tracks: dict[str, dict[str, Any]] = {}
        self.made: dict[str, int] = {}

    def answer(self, method: str, path: list[str], given: Any, stored: Any) -> Answer:
        if method in ("POST", "PATCH") and not _is_sound(given):
            return 422, {}
        if len(path) > 3:
            return self._track(method, path[1], path[3], given)
        if len(path) == 2:
            return self._album(method, path[1])
        there, album = self.albums, ""
        if len(path) == 3:
            album = path[1]
            there = self.tracks.setdefault(album, {})
            if album not in self.albums:
                return 404, {}
        if method == "GET":
            return 200, [*there.values()]
        return 201, self._made(there, album, given)

    def _album(self, method: str, album: str) -> Answer:
        if album not in self.albums:
            return 404, {}
        if method == "DELETE":
            self.tracks.pop(album, None)
            return 200, self.albums.pop(album)
        return 200, self.albums[album]

    def _made(self, there: dict[str, Any], album: str, given: Any) -> Any:
        self.made[album] = self.made.get(album, 0) + 1
        id = str(self.made[album])
        if album and self.fault == "always_first":
            id = "1"
        there[id] = {"title": "", **given, "id": id}
        for other in self.albums:
            if album and self.fault == "in_all":
                self.tracks.setdefault(other, {})[id] = there[id]
        return there[id]

    def _track(self, method: str, album: str, id: str, given: Any) -> Answer:
        there = self.tracks.get(album, {})
        if id not in there:
            return 404, {}
        if method == "GET":
            return 200, there[id]
        hit = [there]
        if self.fault in ("changes_all", "drops_all"):
            hit = [tracks for tracks in self.tracks.values() if id in tracks]
        for tracks in hit:
            tracks[id] = {
                **tracks[id],
                **{name: value for name, value in (given or {}).items() if name == "title"},
            }
        answer = there[id]
        if method == "DELETE":
            for tracks in hit:
                del tracks[id]
        return 200, answer


def _is_sound(given: Any) -> bool:
    if not isinstance(given, dict):
        return False
    return isinstance(given.get("title", ""), str)


FRAMES = {f"{name}/frame/others" for name in ("addTrack", "changeTrack", "dropTrack")}


@pytest.mark.parametrize("seed", [0, 1])
def test_nothing_is_broken(tmp_path: Path, seed: int) -> None:
    report = run(tmp_path, albums(), Server().answer, seed=seed)
    assert broken(report) == {}
    assert "dropTrack/acts/delete" in kept(report)


@pytest.mark.parametrize("fault", ["always_first", "in_all"])
def test_a_fault_is_found(tmp_path: Path, fault: str) -> None:
    assert broken(run(tmp_path, albums(), Server(fault).answer))


@pytest.mark.parametrize("fault", ["changes_all", "drops_all"])
def test_what_nobody_looks_at_is_not_called_kept(tmp_path: Path, fault: str) -> None:
    report = run(tmp_path, albums(), Server(fault).answer)
    assert not FRAMES & set(kept(report))
    told = {verdict.promise.id: verdict.reason for verdict in report.verdicts}
    assert "each Album has a Track of the same id" in (told["changeTrack/frame/others"] or "")
