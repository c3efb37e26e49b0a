"""Tells a link to an image from a link to a page, by its address alone: nothing is fetched."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, parse_qsl, urlsplit

_BEGIN = re.compile(r"(?=https?://)")
_AFTER = ".,;|<>()[]\"'"
"""What may stand behind a link and is none of it."""
_SUFFIX = re.compile(r"\.([a-z][a-z0-9]{1,4})$")
_IMAGES = frozenset(("jpg", "jpeg", "jpe", "jfif", "png", "gif", "webp", "avif", "heic", "heif", "bmp", "tif", "tiff"))
_FOLDERS = frozenset(
    [
        "image",
        "images",
        "img",
        "imgs",
        "photo",
        "foto",
        "gambar",
        "picture",
        "pictures",
        "pic",
        "pics",
        "thumb",
        "thumbs",
        "thumbnail",
    ]
)
"""Above the name of a file without a suffix. Not `photos`: it is the album's page at several cities."""
_SCRIPTS = frozenset(
    [
        "image",
        "img",
        "photo",
        "foto",
        "gambar",
        "picture",
        "thumb",
        "thumbnail",
        "getimage",
        "getphoto",
        "getfoto",
        "uc",
    ]
)
"""What answers with an image when it is asked with a query: `foto.php?id=3`."""
_PAGES = frozenset(("view", "edit", "index", "detail", "details", "gallery", "album", "photos"))
_HOSTS = ("googleusercontent.com",)
"""They serve nothing else."""


def image_link(text: str) -> str | None:
    """The first link in a cell that leads to an image; None when none does."""
    if text.startswith("data:image/"):
        return text
    links = (link.rstrip(_AFTER) for word in text.split() for link in _BEGIN.split(word))
    return next((link for link in links if link.startswith(("http://", "https://")) and _is_image(link)), None)


def _is_image(link: str) -> bool:
    try:
        address = urlsplit(link)
        host = address.hostname or ""
    except ValueError:  # a broken host
        return False
    folders, name = _path_of(address)
    stem, suffix = _split(name)
    if ":" in name or name in _PAGES:  # wiki/File:x.jpg is the page about an image
        return False
    if suffix in _IMAGES or host.endswith(_HOSTS):
        return True
    if stem in _SCRIPTS and address.query:
        return True
    if not suffix and any(_split(value.lower())[1] in _IMAGES for _, value in parse_qsl(address.query)):
        return True
    return bool(name) and not suffix and not _FOLDERS.isdisjoint(folders)


def _path_of(address: SplitResult) -> tuple[list[str], str]:
    *folders, name = address.path.lower().split("/")
    return folders, name


def _split(name: str) -> tuple[str, str]:
    """Stem and suffix; '' for none."""
    found = _SUFFIX.search(name)
    return (name[: found.start()], found[1]) if found else (name, "")
