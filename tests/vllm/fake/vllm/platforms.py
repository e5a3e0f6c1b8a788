"""The platform of the stand-in: a GPU, unless FAKE_CPU is set."""

import os


class Platform:
    """Says what it is."""

    def is_cpu(self) -> bool:
        return "FAKE_CPU" in os.environ


current_platform = Platform()
