"""A call that brought no usable answer. What follows from each is not said here."""

from __future__ import annotations


class CallFailed(Exception):
    """The message is for a person, and without the token.

    `service_time`: the service's clock in seconds since 1970, if it said so.
    """

    def __init__(self, message: str, service_time: float | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.service_time = service_time


class NotConnected(CallFailed):
    """There was no connection: nothing was sent."""


class NoAnswer(CallFailed):
    """The request left, at least in part, and its answer never came whole."""


class Undecodable(CallFailed):
    """A 2xx that is not the JSON that was to be expected."""


class HttpFailure(CallFailed):
    """An answer with a status other than 2xx.

    `retry_after`: seconds, from either form of the header. `by_service`: the body is one of the
    service's own, not a proxy's. `is_response_decode_error`: the service could not write its own
    answer, so its effect may have happened.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        retry_after: float | None = None,
        by_service: bool = False,
        is_response_decode_error: bool = False,
        service_time: float | None = None,
    ) -> None:
        super().__init__(message, service_time)
        self.status = status
        self.retry_after = retry_after
        self.by_service = by_service
        self.is_response_decode_error = is_response_decode_error
