"""Requests on their way out: whichever way a back end takes them, sending can be ended."""

from experiments.models.protocol import Request
from experiments.sweep.outgoing import Outgoing, Stop
from perturb.prompt import Prompt

REQUESTS = [Request(f"k{number}", Prompt("Q"), 8) for number in range(10)]


def keys(requests: object) -> list[str]:
    assert isinstance(requests, list | Outgoing)
    return [request.key for request in requests]


def test_all_go_out_unless_something_ends_it() -> None:
    assert keys(Outgoing(REQUESTS, lambda _: True)) == [request.key for request in REQUESTS]


def test_iteration_ends_where_sending_ends() -> None:
    asked: list[str] = []

    def first_three(request: Request) -> bool:
        asked.append(request.key)
        return len(asked) <= 3

    outgoing = Outgoing(REQUESTS, first_three)
    assert len(outgoing) == 10  # what there was to send
    assert keys(outgoing) == ["k0", "k1", "k2"]
    assert len(asked) == 4


def test_slices_end_there_too() -> None:
    outgoing = Outgoing(REQUESTS, lambda request: request.key < "k5")
    taken = [keys(list(outgoing[start : start + 4])) for start in range(0, len(outgoing), 4)]
    assert taken == [["k0", "k1", "k2", "k3"], ["k4"], []]
    assert outgoing[2].key == "k2"


def test_the_first_reason_to_stop_stays() -> None:
    stop = Stop()
    assert stop.reason is None
    stop.set("a cap")
    stop.set("the user", interrupted=True)
    assert (stop.reason, stop.interrupted) == ("a cap", True)
