"""
Cassette format 1 as pydantic models: the one source of the published JSON Schema.

Only ``pytest-codex validate`` and ``seal`` import this; replaying checks by hand, because
pydantic costs more than a replay.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, model_validator

SCHEMA_ID = "https://json-schema.org/draft/2020-12/schema"


def _stays_inside(path: str) -> str:
    parts = path.split("/")
    if not path or path.startswith("/") or ".." in parts or "" in parts:
        raise ValueError("is not a path below its directory")
    return path


RelativePath = Annotated[str, AfterValidator(_stays_inside)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)


class Header(BaseModel):
    """
    Line 1: what was recorded, with which versions, and the checksum of the whole file.
    """

    model_config = ConfigDict(extra="allow", strict=True)

    codex_cassette: Literal[1]
    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    codex: str | None = None
    client: str | None = None
    platform: str | None = None


class Text(_Strict):
    """
    A file of UTF-8 text.
    """

    text: str
    mode: Literal["755"] | None = None


class Base64(_Strict):
    """
    A file of anything else.
    """

    base64: str
    mode: Literal["755"] | None = None


class Symlink(_Strict):
    """
    A symbolic link.
    """

    symlink: str


class Person(_Strict):
    """
    Who made a commit, and when: seconds since 1970 and the time zone.
    """

    name: str = Field(pattern=r"^[^<>\n]*$")
    email: str = Field(pattern=r"^[^<>\n]*$")
    date: str = Field(pattern=r"^\d{1,12} [+-]\d{4}$")


CommitName = Annotated[str, Field(pattern=r"^(HEAD|refs/heads/.+|[0-9a-f]{40}|[0-9a-f]{64})$")]
BranchName = Annotated[str, Field(pattern=r"^refs/heads/.+$")]


class Commit(_Strict):
    """
    A commit: what it changed against its first parent.

    A parent is the number of a recorded commit, or a name that stood for it before the effect.
    """

    id: int = Field(ge=1)
    parents: list[int | CommitName]
    author: Person
    committer: Person
    message: str = ""
    write: dict[RelativePath, Text | Base64 | Symlink] = Field(default_factory=dict)
    delete: list[RelativePath] = Field(default_factory=list)


class Effect(_Strict):
    """
    What changed on disk since the last effect; paths are relative to ``root``.
    """

    root: str = Field("workspace", pattern=r"^(workspace|cwd[1-9]\d*)$")
    write: dict[RelativePath, Text | Base64 | Symlink] = Field(default_factory=dict)
    delete: list[RelativePath] = Field(default_factory=list)
    mkdir: list[RelativePath] = Field(default_factory=list)
    commits: list[Commit] = Field(default_factory=list)
    refs: dict[BranchName, int | CommitName | None] = Field(default_factory=dict)
    head: BranchName | None = None


class Spawn(_Strict):
    """
    How a connection was started: configuration options, and the directory.
    """

    args: list[str]
    cwd: str | None = None


class Message(BaseModel):
    """
    A JSON-RPC message as the app-server speaks it, without a ``jsonrpc`` member.
    """

    model_config = ConfigDict(extra="allow", strict=True)

    id: Any = None
    method: str | None = None
    params: Any = None
    result: Any = None
    error: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _is_one_of_three(self) -> Message:
        given = self.model_fields_set
        answers = "result" in given, "error" in given
        if self.method is None and ("id" not in given or answers[0] == answers[1]):
            raise ValueError("is neither a request, a notification nor an answer")
        return self


class _Event(_Strict):
    conn: int = Field(1, ge=1)


class ClientMessage(Message):
    """
    What a client sent as a message, though it may be none: servers have to bear it.
    """

    @model_validator(mode="after")
    def _is_one_of_three(self) -> ClientMessage:
        return self


class ClientEvent(_Event):
    """
    The client sent an object, or a line that is none.
    """

    client: ClientMessage | str


class ServerEvent(_Event):
    """
    The server sent a message.
    """

    server: Message


class WorkspaceEvent(_Event):
    """
    Something changed on disk, immediately before the next message of the server.
    """

    workspace: Effect


class SpawnEvent(_Event):
    """
    A connection began.
    """

    spawn: Spawn


EVENTS: dict[str, TypeAdapter[Any]] = {
    "client": TypeAdapter(ClientEvent),
    "server": TypeAdapter(ServerEvent),
    "workspace": TypeAdapter(WorkspaceEvent),
    "spawn": TypeAdapter(SpawnEvent),
}


def schema() -> dict[str, Any]:
    """
    The JSON Schema of one line of a cassette.
    """
    line: TypeAdapter[Any] = TypeAdapter(
        Header | ClientEvent | ServerEvent | WorkspaceEvent | SpawnEvent
    )
    return {
        "$schema": SCHEMA_ID,
        "title": "One line of a cassette: the header, then events",
        **line.json_schema(),
    }


def fault(conn: int, kind: str, body: Any) -> str | None:
    """
    The first thing that is wrong with an event, as "field: reason"; None when it is sound.
    """
    from pydantic import ValidationError

    try:
        EVENTS[kind].validate_python({"conn": conn, kind: body})
    except ValidationError as error:
        # Alternatives that fit less well report missing fields; the deepest fault is the one.
        first = max(error.errors(), key=lambda one: len(one["loc"]))
        path = ".".join(str(part) for part in first["loc"])
        return f"{path}: {first['msg'].removeprefix('Value error, ')}"
    return None


if __name__ == "__main__":
    import json

    print(json.dumps(schema(), indent=2, sort_keys=True))
