"""
Do on disk what a recording says the agent did there, and nowhere else.

An effect is data from a file that people edit and merge, so every path in it is checked
before anything is written: it has to stay below its directory, through symlinks too, and
the directory has to be one that a replay may write in.
"""

from __future__ import annotations

import os

from fake_server.errors import BoundaryError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    Effect = Mapping[str, Any]

_EXECUTABLE = 0o111
_HISTORY = ("commits", "refs", "head")
"""What an effect says of git; a replay makes commits, and writes nothing else there."""


def apply(
    effect: Effect, directory: str | os.PathLike[str], *, allowed_under: Sequence[str]
) -> None:
    """
    Write one recorded effect: first what was deleted, then new directories, then files.

    Args:
        effect: Body of a ``workspace`` event, its placeholders filled in.
        directory: What the effect's paths are relative to.
        allowed_under: Directories below which a replay may write.

    Raises:
        BoundaryError: The effect is damaged, or it would write somewhere else.
    """
    root = os.path.realpath(os.fspath(directory))
    _check_root(root, allowed_under)
    deleted = _list(effect, "delete")
    made = _list(effect, "mkdir")
    written = effect.get("write", {})
    if not isinstance(written, dict):
        raise BoundaryError(f"an effect is damaged: its write is {written!r}, not an object")
    history = {field: effect[field] for field in _HISTORY if field in effect}
    committed = []
    if history:
        from fake_server import history as commits

        committed = commits.files_of(history)
    # All names before the first byte, so that a bad effect leaves nothing behind.
    for name in (*deleted, *made, *written, *committed):
        _check_name(name)
    try:
        for name in sorted(deleted, reverse=True):
            _delete(_inside(root, name))
        for name in sorted(made):
            os.makedirs(_inside(root, name), exist_ok=True)
        for name, content in sorted(written.items()):
            _write(_inside(root, name), name, content)
        if history:
            commits.commit(history, root, _data)
    except OSError as error:
        raise BoundaryError(
            f"an effect cannot be replayed below {root}: {error.strerror}: {error.filename}; "
            "the directory differs from the one that was recorded"
        ) from error


def _check_root(root: str, allowed_under: Sequence[str]) -> None:
    for allowed in allowed_under:
        parent = os.path.realpath(os.fspath(allowed))
        if root == parent or root.startswith(parent.rstrip(os.sep) + os.sep):
            return
    raise BoundaryError(
        f"the recording changes files in {root}, which is neither in the test's workspace nor "
        "below a temporary directory; let the code under test work in codex_workspace, or allow "
        'it with @pytest.mark.codex(effects="anywhere")'
    )


def _list(effect: Effect, field: str) -> list[str]:
    names = effect.get(field, [])
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise BoundaryError(f"an effect is damaged: its {field} is {names!r}, not a list of paths")
    return names


def _check_name(name: str) -> None:
    parts = name.replace("\\", "/").split("/") if os.sep == "\\" else name.split("/")
    if os.path.isabs(name) or any(part in ("", ".", "..") for part in parts) or "\0" in name:
        raise BoundaryError(
            f"an effect names {name!r}; paths are relative, and never leave their directory"
        )
    if any(part.lower() == ".git" for part in parts):
        # Nothing is recorded there, and a hook written there would be run.
        raise BoundaryError(f"an effect names {name!r}; a replay never writes in .git")


def _inside(root: str, name: str) -> str:
    """
    The path of a name, after its parents were followed to where they really are.
    """
    path = os.path.join(root, *name.split("/"))
    parent = os.path.realpath(os.path.dirname(path))
    if parent != root and not parent.startswith(root.rstrip(os.sep) + os.sep):
        raise BoundaryError(
            f"an effect names {name!r}, but a symlink on the way leads out of {root} to {parent}"
        )
    return path


def _delete(path: str) -> None:
    if os.path.isdir(path) and not os.path.islink(path):
        import shutil

        shutil.rmtree(path)
    elif os.path.lexists(path):
        os.unlink(path)


def _write(path: str, name: str, content: Any) -> None:
    if not isinstance(content, dict):
        raise BoundaryError(f"an effect is damaged: it writes {content!r} to {name!r}")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    # Never through a symlink: the recording replaced it by a file.
    if os.path.islink(path):
        os.unlink(path)
    target = content.get("symlink")
    if isinstance(target, str):
        if os.path.lexists(path):
            os.unlink(path)
        os.symlink(target, path)
        return
    data = _data(name, content)
    with open(path, "wb", opener=_open_in_place) as file:
        file.write(data)
    _set_mode(path, name, content.get("mode"))


def _open_in_place(path: str, flags: int) -> int:
    try:
        return os.open(path, flags, 0o666)
    except PermissionError:
        # Read-only for us as well as for the agent, who replaced it.
        os.unlink(path)
        return os.open(path, flags, 0o666)


def _data(name: str, content: dict[str, Any]) -> bytes:
    text, encoded = content.get("text"), content.get("base64")
    if isinstance(text, str):
        return text.encode("utf-8", "surrogatepass")
    if isinstance(encoded, str):
        import binascii

        try:
            return binascii.a2b_base64(encoded)
        except ValueError as error:
            raise BoundaryError(f"an effect is damaged: base64 of {name!r}: {error}") from error
    raise BoundaryError(
        f"an effect is damaged: {name!r} has no text, base64 or symlink, only {sorted(content)}"
    )


def _set_mode(path: str, name: str, mode: Any) -> None:
    if mode is None:
        present = os.stat(path).st_mode
        if present & _EXECUTABLE:
            os.chmod(path, present & 0o777 & ~_EXECUTABLE)
        return
    try:
        wanted = int(mode, 8)
    except (TypeError, ValueError) as error:
        raise BoundaryError(f"an effect is damaged: {name!r} has mode {mode!r}") from error
    os.chmod(path, wanted & 0o777)
