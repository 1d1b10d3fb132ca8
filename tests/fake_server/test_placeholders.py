from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fake_server.placeholders import Places

PATHS = {
    "workspace": "/var/base/ws",
    "codex_home": "/var/base/home/codex",
    "home": "/var/base/home",
    "tmp": "/var/base/tmp",
    "cwd1": "/var/base/ws-two",
}


@pytest.fixture(name="places")
def bound_places() -> Places:
    """
    Places with one directory of each kind, none of which exists.
    """
    return make_places()


def make_places() -> Places:
    """
    The same as a plain function, for property tests.
    """
    places = Places()
    for name, path in PATHS.items():
        places.bind(name, path)
    return places


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("/var/base/ws", "{workspace}"),
        ("/var/base/ws/a.py", "{workspace}/a.py"),
        ("cd /var/base/ws && ls", "cd {workspace} && ls"),
        ("Look into /var/base/ws.", "Look into {workspace}."),
        ("Moved to: /var/base/ws/b\n", "Moved to: {workspace}/b\n"),
        ('{"cwd":"/var/base/ws"}', '{"cwd":"{workspace}"}'),
        (r"one\n/var/base/ws/two", r"one\n{workspace}/two"),
        ("cc -I/var/base/ws/include", "cc -I{workspace}/include"),
        ("file:///var/base/ws/a", "file://{workspace}/a"),
        ("projects./var/base/ws.trust_level", "projects.{workspace}.trust_level"),
        ("/var/base/ws.trust_levels", "/var/base/ws.trust_levels"),
        ("/var/base/home/codex/config.toml", "{codex_home}/config.toml"),
        ("/var/base/home/other", "{home}/other"),
        ("/var/base/ws-two/x", "{cwd1}/x"),
        ("/var/base/ws2", "/var/base/ws2"),
        ("/var/base/ws_old", "/var/base/ws_old"),
        ("/var/base/ws.bak", "/var/base/ws.bak"),
        ("/private/var/base/ws", "/private/var/base/ws"),
        ("a{/var/base/ws}b", "a{{{workspace}}}b"),
        ("{/var/base/ws/x}", "{{{workspace}/x}"),
        ("{workspace}", "{{workspace}}"),
        ("{{workspace}}", "{{{{workspace}}}}"),
        ("{cwd12}", "{{cwd12}}"),
        ("{other} {workspace {", "{other} {workspace {"),
        ("the workspace is home", "the workspace is home"),
    ],
)
def test_mask_text(places: Places, text: str, masked: str) -> None:
    """
    Paths become placeholders at path boundaries only, and filling brings the text back.
    """
    assert places.mask_text(text) == masked
    assert places.fill_text(masked) == text


def test_mask_walks_values_and_keys(places: Places) -> None:
    """
    Texts deep inside a JSON value are masked, its keys too, other values are kept.
    """
    value = {"/var/base/ws": [{"path": "/var/base/ws/a"}, 1, None, True, 1.5]}

    masked = places.mask(value)

    assert masked == {"{workspace}": [{"path": "{workspace}/a"}, 1, None, True, 1.5]}
    assert places.fill(masked) == value


def test_names_of_sub_agents_are_no_paths() -> None:
    """
    A helper of the agent is called ``/var/agents/helper`` wherever the user's home is.
    """
    places = Places()
    places.bind("home", "/var/agents")
    item = {"agentPath": "/var/agents/helper", "cwd": "/var/agents/helper"}

    assert places.mask(item) == {"agentPath": "/var/agents/helper", "cwd": "{home}/helper"}


def test_base64_fields_are_shown_as_text(places: Places) -> None:
    """
    A directory printed by a command is masked although the wire carries it as base64.
    """
    value = {"deltaBase64": base64.b64encode(b"}/var/base/ws\r\n").decode()}

    masked = places.mask(value)

    assert masked == {
        "deltaBase64": "{base64}}/var/base/ws\r\n".replace(PATHS["workspace"], "{workspace}")
    }
    assert places.fill(masked) == value
    assert json.loads(places.fill_json_text(json.dumps(masked))) == value


@pytest.mark.parametrize("text", ["YQ==", "bDEK", "not base64 at all", "\u00e9", "/////w==", ""])
def test_base64_without_a_path_is_kept(places: Places, text: str) -> None:
    """
    Base64 that names no directory stays what it is.
    """
    assert places.mask({"dataBase64": text}) == {"dataBase64": text}


def test_unusual_base64_is_kept(places: Places) -> None:
    """
    Base64 that would not come back byte for byte is not rewritten.
    """
    broken = base64.b64encode(b"/var/base/ws/and/more").decode()
    value = {"dataBase64": f"{broken[:4]}\n{broken[4:]}"}

    assert places.mask(value) == value


def test_literal_base64_marker_survives(places: Places) -> None:
    """
    A text that opens with the base64 marker by chance is escaped, not decoded.
    """
    value = {"text": "{base64}abc"}

    assert places.mask(value) == {"text": "{{base64}}abc"}
    assert places.fill(places.mask(value)) == value


def test_unbound_names_are_left(places: Places) -> None:
    """
    A placeholder nobody bound is left for the reader to see.
    """
    assert places.fill_text("{cwd7}/a {{cwd7}}") == "{cwd7}/a {cwd7}"
    assert places.fill_text("{{workspace}") == "{{workspace}"


def test_real_path_is_bound_too(tmp_path: Path) -> None:
    """
    A directory reached through a symlink is masked under both of its paths.
    """
    real = tmp_path / "real"
    real.mkdir()
    (tmp_path / "link").symlink_to(real)
    places = Places()

    places.bind("workspace", tmp_path / "link")

    assert places.mask_text(f"{tmp_path}/link/a") == "{workspace}/a"
    assert places.mask_text(f"{tmp_path.resolve()}/real/a") == "{workspace}/a"
    assert places.fill_text("{workspace}/a") == f"{tmp_path}/link/a"


def test_users_own_home_is_masked_beside_an_isolated_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Prompts and environments tell where the user lives; a root below it keeps its name.
    """
    monkeypatch.setenv("HOME", "/Users/grace")
    places = make_places()

    assert places.mask_text("/Users/grace/.ssh:/var/base/home") == "{home}/.ssh:{home}"
    assert places.fill_text("{home}/.ssh") == "/var/base/home/.ssh"
    assert places.learn("/Users/grace/project") == "cwd2"
    assert places.mask_text("/Users/grace/project/a") == "{cwd2}/a"
    assert places.learn("/Users/grace") == "cwd3"
    assert places.mask_text("/Users/grace") == "{cwd3}"


def test_bind_again_replaces(places: Places) -> None:
    """
    A name bound anew stands for the new directory only.
    """
    assert places.mask_text("/var/base/ws") == "{workspace}"

    places.bind("workspace", "/elsewhere/")

    assert places.mask_text("/var/base/ws /elsewhere/a") == "/var/base/ws {workspace}/a"
    assert places.roots == ["workspace", "cwd1"]


def test_root_directory_is_never_masked() -> None:
    """
    A home of ``/`` does not turn every path into a placeholder.
    """
    places = Places()
    places.bind("home", "/")

    assert places.mask_text("/usr/bin and / alone") == "/usr/bin and / alone"
    assert places.fill_text("{home}") == "/"


def test_unknown_name_is_refused() -> None:
    """
    A name the escaping does not know cannot be bound.
    """
    with pytest.raises(ValueError, match="'nowhere' is no placeholder"):
        Places().bind("nowhere", "/x")


def test_learn_numbers_new_roots() -> None:
    """
    Directories inside a root keep its name, others are numbered in order.
    """
    places = Places()
    places.bind("workspace", "/var/base/ws")

    assert places.learn("/var/base/ws") == "workspace"
    assert places.learn("/var/base/ws/sub/") == "workspace"
    assert places.learn("sub") == "workspace"
    assert places.learn("/var/base/wsx") == "cwd1"
    assert places.learn("/var/other") == "cwd2"
    assert places.learn("/var/other/deep") == "cwd2"
    assert places.learn("/var") == "cwd3"
    assert places.learn("/var/other/deep") == "cwd2"
    assert places.roots == ["workspace", "cwd1", "cwd2", "cwd3"]
    assert places.mask_text("/var/base/ws /var/x") == "{workspace} {cwd3}/x"


def test_learn_relative_path_without_roots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    Without a root, a relative path is taken from the process's own directory.
    """
    monkeypatch.chdir(tmp_path)
    places = Places()

    assert places.learn("a") == "cwd1"
    assert places.paths["cwd1"] == f"{tmp_path}/a"


def test_fill_json_text_escapes_the_path() -> None:
    """
    A path with characters that JSON escapes gives valid JSON.
    """
    places = Places()
    places.bind("workspace", '/odd "dir\\x')

    source = json.dumps({"{workspace}": "{workspace}/a {{workspace}}"})

    assert json.loads(places.fill_json_text(source)) == {
        '/odd "dir\\x': '/odd "dir\\x/a {workspace}'
    }


def test_fill_json_text_returns_plain_source_unchanged(places: Places) -> None:
    """
    Source without a placeholder is returned as the same object.
    """
    source = '{"a":{"b":{"workspace":1}}}'

    assert places.fill_json_text(source) is source


PIECES = st.one_of(
    st.text(max_size=6),
    st.sampled_from(
        [
            *PATHS.values(),
            *(f"{{{name}}}" for name in PATHS),
            *PATHS,
            *"{}/\\\"' -.",
            "{base64}",
            "base64",
            "/a",
            "-I",
            "\\n",
        ]
    ),
)
TEXTS = st.lists(PIECES, max_size=8).map("".join)
KEYS = st.one_of(TEXTS, st.sampled_from(["dataBase64", "path"]))
ENCODED = TEXTS.map(lambda text: base64.b64encode(text.encode("utf-8", "replace")).decode())
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), TEXTS, ENCODED),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=3)),
    max_leaves=8,
)


@given(TEXTS)
def test_fill_undoes_mask(text: str) -> None:
    """
    Any text comes back from its masked form, also through JSON source.
    """
    places = make_places()
    masked = places.mask_text(text)

    assert places.fill_text(masked) == text
    assert json.loads(places.fill_json_text(json.dumps(masked))) == text


@given(VALUES)
def test_fill_undoes_mask_of_values(value: object) -> None:
    """
    Any JSON value comes back from its masked form, by both ways of filling.
    """
    places = make_places()
    masked = places.mask(value)

    assert places.fill(masked) == value
    assert json.loads(places.fill_json_text(json.dumps(masked, ensure_ascii=False))) == value


def test_fill_json_text_knows_a_name_bound_anew() -> None:
    """
    What was filled before does not decide what is filled later.
    """
    places = Places()
    told = []
    for path in ("/one", "/two"):
        places.bind("workspace", path)
        told.append(places.fill_json_text('"{workspace}/a"'))

    assert told == ['"/one/a"', '"/two/a"']
