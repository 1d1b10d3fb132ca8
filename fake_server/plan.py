"""
A transcript cut into lanes that can be played: gates, sends and changes on disk.
"""

from __future__ import annotations

from .errors import CassetteFormatError
from .lanes import READ, find_lanes
from .messages import is_request, is_response
from .methods import HANDSHAKE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from .connection import Connection
    from .transcript import Event, Transcript

GATE = "gate"
"""A client message: the lane stops here until the live client has sent its counterpart."""
SEND = "send"
"""A server message."""
APPLY = "apply"
"""A change on disk."""


class Step:
    """
    One step of a lane.

    Attributes:
        kind: ``GATE``, ``SEND`` or ``APPLY``.
        event: What was recorded.
        met: For a gate, whether the live client has sent its counterpart.
        live_id: For a request gate, the id the live client chose.
        partner: For a response, the step of the request that it answers.
    """

    __slots__ = ("event", "kind", "live_id", "met", "partner")

    def __init__(self, kind: str, event: Event, partner: Step | None = None) -> None:
        self.kind = kind
        self.event = event
        self.partner = partner
        self.met = False
        self.live_id: object = None


class Lane:
    """
    Steps whose order among themselves is kept.

    Attributes:
        name: As ``lanes`` names it.
        steps: The recorded steps.
        at: Index of the next step to play.
        after: For a lane no client message opens: the lane and the index in it that must
            have been played before this one begins.
        children: The lanes that begin after some step of this one.
        opened: Whether it has begun.
    """

    __slots__ = ("after", "at", "children", "name", "opened", "steps")

    def __init__(self, name: str) -> None:
        self.name = name
        self.steps: list[Step] = []
        self.at = 0
        self.after: tuple[Lane, int] | None = None
        self.children: list[Lane] = []
        self.opened = False

    @property
    def thread(self) -> str | None:
        """
        The recorded id of the lane's thread.
        """
        kind, _, thread = self.name.partition(" ")
        return thread if kind == "thread" else None

    def gates(self) -> Iterator[Step]:
        """
        The gates the live client has not met yet, in order.
        """
        for at in range(self.at, len(self.steps)):
            step = self.steps[at]
            if step.kind == GATE and not step.met:
                yield step

    def next_request(self) -> Step | None:
        """
        The request that the live client has to send next; answers may overtake it.
        """
        return next((step for step in self.gates() if is_request(step.event.body)), None)


class Read:
    """
    A request that only looks, with its answer and whatever came before the answer.
    """

    __slots__ = ("answer", "event", "notices", "played")

    def __init__(self, event: Event) -> None:
        self.event = event
        self.notices: list[Event] = []
        self.answer: Event | None = None
        self.played = False


class ConnectionPlan:
    """
    Everything recorded of one connection.

    Attributes:
        number: Its number in the cassette.
        spawn: How it was started.
        lanes: The lanes by name.
        reads: The reads in order.
        answers: For each server request id, its lane and the gate of its answer.
        raw: What the client wrote that is not JSON.
        strays: Answers to requests that the server never asked.
        player: The live connection that plays it.
    """

    __slots__ = ("answers", "lanes", "number", "player", "raw", "reads", "spawn", "strays")

    def __init__(self, number: int) -> None:
        self.number = number
        self.spawn: Event | None = None
        self.lanes: dict[str, Lane] = {}
        self.reads: list[Read] = []
        self.answers: dict[object, tuple[Lane, Step]] = {}
        self.raw: list[Event] = []
        self.strays: list[Event] = []
        self.player: Connection | None = None

    def lane(self, name: str) -> Lane:
        """
        The lane of a name, made when it is new.
        """
        found = self.lanes.get(name)
        if found is None:
            found = self.lanes[name] = Lane(name)
        return found


def make_plans(transcript: Transcript) -> list[ConnectionPlan]:
    """
    Cut a transcript into one plan per connection.

    Raises:
        CassetteFormatError: A message makes no sense where it stands.
    """
    by_connection: dict[int, list[Event]] = {}
    for event in transcript.events:
        by_connection.setdefault(event.conn, []).append(event)
    return [
        _plan(number, events, transcript.path) for number, events in sorted(by_connection.items())
    ]


def _plan(number: int, events: list[Event], path: str) -> ConnectionPlan:
    plan = ConnectionPlan(number)
    messages = [event for event in events if event.kind in ("client", "server")]
    try:
        names = find_lanes([(event.kind == "client", event.body) for event in messages])
    except (KeyError, TypeError, AttributeError) as reason:
        raise CassetteFormatError(path, 0, f"connection {number} is no conversation") from reason
    lane_of = dict(zip((id(event) for event in messages), names, strict=True))
    builder = _Builder(plan, path)
    for event in events:
        builder.add(event, lane_of.get(id(event), ""))
    builder.close()
    return plan


class _Builder:
    """
    Adds events to a plan in file order.
    """

    def __init__(self, plan: ConnectionPlan, path: str) -> None:
        self._plan = plan
        self._path = path
        self._reads: dict[str, Read] = {}
        self._asked: set[object] = set()
        self._requests: dict[object, list[Step]] = {}
        self._effects: list[Event] = []
        self._last: Lane | None = None

    def add(self, event: Event, name: str) -> None:
        """
        Add one event to the lane it belongs to.
        """
        if event.kind == "spawn":
            self._plan.spawn = event
        elif event.kind == "workspace":
            self._effects.append(event)
        elif isinstance(event.body, str):
            self._plan.raw.append(event)
        elif name.startswith(READ + " "):
            self._add_read(event, name)
        elif event.kind == "client":
            self._add_gate(event, name)
        else:
            self._add_send(event, name)

    def close(self) -> None:
        """
        Keep what changed on disk after the last message of the connection.
        """
        if self._effects and self._last is not None:
            self._last.steps += [Step(APPLY, event) for event in self._effects]

    def _add_read(self, event: Event, name: str) -> None:
        read = self._reads.get(name)
        if read is None:
            read = self._reads[name] = Read(event)
            self._plan.reads.append(read)
        elif is_response(event.body):
            read.answer = event
        else:
            read.notices.append(event)

    def _add_gate(self, event: Event, name: str) -> None:
        if not is_request(event.body) and not is_response(event.body):
            return  # A notification of the client's, such as `initialized`, orders nothing.
        lane = self._plan.lane(name)
        step = Step(GATE, event)
        request_id = event.body["id"]
        if is_request(event.body):
            self._requests.setdefault(repr(request_id), []).append(step)
        elif request_id in self._asked:
            self._plan.answers.setdefault(request_id, (lane, step))
        else:
            # Nobody asked: the server ignores such an answer, and so does the engine.
            self._plan.strays.append(event)
            return
        lane.steps.append(step)
        self._last = lane

    def _add_send(self, event: Event, name: str) -> None:
        known = name in self._plan.lanes
        lane = self._plan.lane(name)
        if not known and name != HANDSHAKE:
            parent = self._last or self._plan.lane(HANDSHAKE)
            lane.after = (parent, len(parent.steps))
            parent.children.append(lane)
        partner = None
        if is_request(event.body):
            self._asked.add(event.body["id"])
        elif is_response(event.body):
            waiting = self._requests.get(repr(event.body["id"]))
            if not waiting:
                raise CassetteFormatError(
                    self._path, event.line, "answers a request that the client never sent"
                )
            partner = waiting.pop(0)
        lane.steps += [Step(APPLY, effect) for effect in self._effects]
        self._effects = []
        lane.steps.append(Step(SEND, event, partner))
        self._last = lane
