"""
What a scripted model can complain about.

Both say which way script and agent fell apart: the agent asked more often than the
test scripted, or the test scripted more than the agent asked for.
"""

from __future__ import annotations

from fake_server.errors import HarnessError


class UnexpectedModelCall(HarnessError):  # noqa: N818 - the field's own word
    """
    The agent called the model although the test had scripted nothing more.
    """


class UnconsumedModelSteps(HarnessError):  # noqa: N818 - the field's own word
    """
    The test scripted answers that the agent never asked for.
    """
