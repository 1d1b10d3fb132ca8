"""
What one message costs in a very long session, against a session of 1,000.
"""

from __future__ import annotations

import json
import tempfile

from fake_server.engine import ReplayEngine, ReplayOptions
from fake_server.placeholders import Places
from fake_server.redaction import Redactor
from fake_server.transcript import Transcript

from .measure import Result, paired, timed
from .sessions import session

LIMIT = 1.2
SHORT, LONG = 1_000, 100_000


class Session:
    """
    A cassette's text and what a client sends to play it.
    """

    def __init__(self, messages: int, directory: str) -> None:
        transcript = session(messages)
        self.directory = directory
        self.text = transcript.dumps()
        self.count = len(transcript.events) - 1
        places = Places()
        places.bind("workspace", directory)
        self.sent = [
            json.dumps(places.fill(event.body))
            for event in transcript.events
            if event.kind == "client"
        ]

    def play(self) -> None:
        """
        Load the cassette and play all of it, as a client would.
        """
        places = Places()
        places.bind("workspace", self.directory)
        engine = ReplayEngine(Transcript.parse(self.text), places, Redactor(), ReplayOptions())
        connection = engine.connect(["app-server"], self.directory)
        connection.start()
        for line in self.sent:
            connection.receive(line)
        assert not engine.problems, engine.problems[0].text()
        assert engine.played == engine.total, engine.leftovers()[0].text()


def measure() -> list[Result]:
    """
    Load and play the short session many times for each time of the long one.
    """
    with tempfile.TemporaryDirectory() as directory:
        short, long = Session(SHORT, directory), Session(LONG, directory)
        times = LONG // SHORT

        def many() -> None:
            for _ in range(times):
                short.play()

        mine, base = paired(lambda: timed(long.play), lambda: timed(many), rounds=5)
    mine, base = mine / long.count, base / (short.count * times)
    detail = f"{mine * 1e6:.1f} us / {base * 1e6:.1f} us"
    return [Result("per message at 100,000 / at 1,000", mine / base, LIMIT, detail=detail)]
