"""Requests on their way out: sending ends when a sweep is interrupted or a budget is used up."""

from collections.abc import Callable, Iterator, Sequence
from typing import overload

from experiments.models.protocol import Request


class Stop:
    """Whether, and why, nothing more is to be sent; what is under way is finished and kept.

    Attributes:
        reason: Why; None while sending goes on.
        interrupted: Whether it was the user who stopped it.
    """

    def __init__(self) -> None:
        self.reason: str | None = None
        self.interrupted = False

    def set(self, reason: str, *, interrupted: bool = False) -> None:
        """Stops sending; the first reason stays."""
        self.reason = self.reason or reason
        self.interrupted = self.interrupted or interrupted


class Outgoing(Sequence[Request]):
    """The requests that a back end is given; taking one, by iteration or index, asks whether it may go.

    Args:
        requests: In the order of sending.
        may_send: Whether a request may go out now; asked again for the same one, it must answer the same
            unless sending has ended.
    """

    def __init__(self, requests: Sequence[Request], may_send: Callable[[Request], bool]) -> None:
        self._requests, self._may_send = requests, may_send

    def __len__(self) -> int:
        return len(self._requests)

    def __iter__(self) -> Iterator[Request]:
        for request in self._requests:
            if not self._may_send(request):
                return
            yield request

    @overload
    def __getitem__(self, index: int) -> Request: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Request]: ...

    def __getitem__(self, index: int | slice) -> Request | Sequence[Request]:
        if isinstance(index, slice):
            return list(Outgoing(self._requests[index], self._may_send))
        if not self._may_send(self._requests[index]):
            raise IndexError("nothing more is to be sent")
        return self._requests[index]
