"""
Scenes in fair weather, one for each task.
"""

from __future__ import annotations

from .scene import Scene

TEXT = "All tests pass now."
TEXTS = ("This is the first.", "This is the second.")
TOKENS = {
    "totalTokens": 12,
    "inputTokens": 10,
    "cachedInputTokens": 0,
    "outputTokens": 2,
    "reasoningOutputTokens": 0,
}


def hello() -> Scene:
    """
    A handshake, and the greeting that follows it.
    """
    scene = Scene()
    scene.notify(
        "remoteControl/status/changed",
        environmentId=None,
        installationId="00000000-0000-4000-8000-000000000000",
        serverName="host",
        status="disabled",
    )
    return scene


def run() -> Scene:
    """
    One turn, with the noise that the real server makes.
    """
    scene = hello()
    turn = scene.thread().turn()
    item = {"type": "userMessage", "content": [{"type": "text", "text": "Go."}]}
    turn.item(item)
    turn.message(TEXT)
    turn.notify("thread/tokenUsage/updated", tokenUsage={"last": TOKENS, "total": TOKENS})
    scene.notify("account/rateLimits/updated", rateLimits={"limitId": "codex"})
    turn.end()
    return scene


def turns() -> Scene:
    """
    Two turns of one thread.
    """
    scene = Scene()
    thread = scene.thread()
    for text in TEXTS:
        turn = thread.turn()
        turn.message(text)
        turn.end()
    return scene


def two_threads() -> Scene:
    """
    Two threads; the first one's turn ends when the second one's has begun.
    """
    scene = Scene()
    threads = [scene.thread(), scene.thread()]
    for thread, text in zip(threads, TEXTS, strict=True):
        turn = thread.turn()
        scene.until("turn/start", 2, thread.id)
        turn.message(text)
        turn.end()
    return scene


def resume() -> tuple[Scene, str]:
    """
    A thread that exists, and a turn in it.
    """
    scene = Scene()
    thread = scene.stranger()
    number = scene.asked("thread/resume", threadId=thread.id)
    thread.status("idle")
    scene.answer(number, thread.opened())
    turn = thread.turn()
    turn.message(TEXT)
    turn.end()
    return scene, thread.id


def fork() -> tuple[Scene, str, str]:
    """
    A fork of a thread that exists, and a turn in it.
    """
    scene = Scene()
    thread, forked = scene.stranger(), scene.stranger()
    number = scene.asked("thread/fork", threadId=thread.id)
    scene.answer(number, forked.opened())
    scene.notify("thread/started", thread=forked.described())
    turn = forked.turn()
    turn.message(TEXT)
    turn.end()
    return scene, thread.id, forked.id


def read() -> tuple[Scene, str]:
    """
    A thread that exists, resumed or not, with one turn.
    """
    scene = Scene()
    thread = scene.stranger()
    scene.answer(scene.asked("thread/resume", threadId=thread.id), thread.opened())
    turn = thread.new_turn()
    described = thread.described((turn.described("completed"),))
    number = scene.asked("thread/read", threadId=thread.id)
    scene.answer(number, {"thread": described})
    return scene, thread.id


def listed() -> tuple[Scene, str]:
    """
    A list of one thread.
    """
    scene = Scene()
    thread = scene.stranger()
    number = scene.asked("thread/list")
    scene.answer(number, {"data": [thread.described()], "nextCursor": None})
    return scene, thread.id


def models() -> Scene:
    """
    A list of one model.
    """
    scene = Scene()
    model = {
        "id": "conformance-model",
        "model": "conformance-model",
        "displayName": "Conformance",
        "description": "",
        "hidden": False,
        "isDefault": True,
        "supportedReasoningEfforts": [{"reasoningEffort": "medium", "description": ""}],
        "defaultReasoningEffort": "medium",
        "inputModalities": ["text"],
    }
    scene.answer(scene.asked("model/list"), {"data": [model], "nextCursor": None})
    return scene


def login() -> Scene:
    """
    A login with an API key.
    """
    scene = Scene()
    scene.answer(scene.asked("account/login/start"), {"type": "apiKey"})
    scene.notify("account/login/completed", loginId=None, success=True, error=None)
    scene.notify("account/updated", authMode="apikey", planType=None)
    return scene


def login_chatgpt(success: bool) -> Scene:
    """
    A login in the browser.
    """
    scene = Scene()
    login = "00000000-0000-4000-8000-000000000001"
    url = "http://localhost/authorize"
    number = scene.asked("account/login/start")
    scene.answer(number, {"type": "chatgpt", "loginId": login, "authUrl": url})
    error = None if success else "Login was not completed"
    scene.notify("account/login/completed", loginId=login, success=success, error=error)
    return scene


def quiet() -> Scene:
    """
    A turn without the pieces of its message: the client does not want them.
    """
    scene = Scene()
    turn = scene.thread().turn()
    turn.message(TEXT, deltas=False)
    turn.end()
    return scene
