"""npm packages of art, fetched once into a cache folder at pinned versions, and the icon sets among them."""

import json
import subprocess
import tarfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.train_clip.pack import Pack

ALLOWED = frozenset(
    {"0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC-BY-3.0", "CC-BY-4.0", "CC0-1.0", "MIT"}
)


@dataclass(frozen=True)
class Plan:
    """A pack to be made. ``clear``: all that it is made of states a licence that we may train on."""

    name: str
    make: Callable[[], Pack]
    clear: bool = True


class Packages:
    """Tarballs as ``cache/NAME-VERSION.tgz`` (npm's own naming), read in place and never unpacked."""

    def __init__(self, cache: Path) -> None:
        self._cache = cache

    def text(self, name: str, version: str, path: str) -> str:
        """One text file of a package, the package fetched by ``npm pack`` if it is not in the cache."""
        with tarfile.open(self._tarball(name, version)) as archive:
            member = archive.extractfile(f"package/{path}")
            assert member is not None, path  # noqa: S101 (a tool, not the product)
            return member.read().decode()

    def json(self, name: str, version: str, path: str) -> Any:  # noqa: ANN401 (any JSON)
        return json.loads(self.text(name, version, path))

    def _tarball(self, name: str, version: str) -> Path:
        path = self._cache / f"{name.removeprefix('@').replace('/', '-')}-{version}.tgz"
        if not path.exists():
            self._cache.mkdir(parents=True, exist_ok=True)
            subprocess.run(["npm", "pack", "--silent", f"{name}@{version}"], cwd=self._cache, check=True)
        return path


@dataclass(frozen=True)
class Drawing:
    """One icon: SVG markup without its root, and its view box (left, top, width, height)."""

    markup: str
    box: tuple[float, float, float, float]


@dataclass(frozen=True)
class IconSet:
    """``groups`` is the set's own category of each icon that has one; ``codes`` names icons by code point."""

    title: str
    author: str
    licence: str
    drawings: Mapping[str, Drawing]
    groups: Mapping[str, str]
    codes: Mapping[str, str]
    aliases: Mapping[str, str]

    @property
    def credit(self) -> str:
        return f"{self.title} by {self.author} ({self.licence})"


def icon_set(packages: Packages, prefix: str, version: str) -> IconSet:
    """An Iconify set. ValueError if its licence is not one that we may train shipped weights on."""
    name = f"@iconify-json/{prefix}"
    info = packages.json(name, version, "info.json")
    if info["license"]["spdx"] not in ALLOWED:
        raise ValueError(f"{prefix}: licence {info['license']['spdx']} is not allowed")
    icons = packages.json(name, version, "icons.json")
    metadata = packages.json(name, version, "metadata.json")
    size = icons.get("width", 16), icons.get("height", 16)
    return IconSet(
        title=info["name"],
        author=info["author"]["name"],
        licence=info["license"]["title"],
        drawings={
            key: _drawing(icon, size) for key, icon in icons["icons"].items() if not icon.get("hidden")
        },
        groups={icon: group for group, members in metadata.get("categories", {}).items() for icon in members},
        codes=packages.json(name, version, "chars.json"),
        aliases={
            alias: of["parent"] for alias, of in icons.get("aliases", {}).items() if set(of) == {"parent"}
        },
    )


def _drawing(icon: Mapping[str, Any], size: tuple[float, float]) -> Drawing:
    box = icon.get("left", 0), icon.get("top", 0), icon.get("width", size[0]), icon.get("height", size[1])
    return Drawing(icon["body"], box)
