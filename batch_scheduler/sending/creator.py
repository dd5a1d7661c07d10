"""Creates the posts that calls wait for, with the care of a call: the intent first, and once."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any, NoReturn

from batch_scheduler.ledger import CallOutdated, Creation
from batch_scheduler.model import Call, Outcome, PostDoubt, Status, is_uuid
from batch_scheduler.octospark import CallFailed, Undecodable
from batch_scheduler.octospark.assumed import post_body
from batch_scheduler.sending.asking import Again
from batch_scheduler.sending.importer import Importer, NotImported
from batch_scheduler.sending.limiter import Turn
from batch_scheduler.sending.verdict import Fate, Verdict, verdict
from batch_scheduler.sending.work import Work, busy, log_of

_LOST = (
    "the answer to the creation of this post was lost, so it may be there already; nothing of it "
    "is scheduled ({}); `batch-scheduler resume` asks the service"
)


class Creator(Work):
    """Creates posts. The ledger lets one worker at a content, of all runs together."""

    def __init__(self, *shared: Any) -> None:
        super().__init__(*shared)
        self._importer = Importer(*shared)
        self._left: set[int] = set()

    async def post_for(self, call: Call) -> Call | PostDoubt | None:
        """The call with its post's id; or with none when there is no time left to create it.

        A doubt: its answer was lost, now or in an earlier run. None: it is concluded, or waits.
        Raises Stopped, and ServiceUnusable when no request can succeed.
        """
        try:
            return await self._asking.persist(partial(self._attempt, call))
        except Again:
            return None

    def leave(self, doubt: PostDoubt) -> None:
        """It can't be settled by this run."""
        self._left.add(doubt.content_id)

    async def _attempt(self, call: Call) -> Call | PostDoubt | None:
        async with self._asking.turn() as turn:
            return await self._in_turn(call, turn)

    async def _in_turn(self, call: Call, turn: Turn) -> Call | PostDoubt | None:
        if self._asking.comes_too_late(call.instant, self._limits.lead):
            return call
        now, there = self._clock.time(), self._asking.earliest_there()
        try:
            one = await self._journal.write(partial(self._ledger.take, call, now, there))
        except CallOutdated as error:
            log_of(call, error.message)
            return None
        if one.post:
            return replace(call, post=one.post)
        if one.state == "in_doubt":
            return self._in_doubt(call, one)
        if one.state == "creating":
            raise busy()
        try:
            doing = self._create if one.mine else self._import
            return await doing(call, one, turn)
        except NotImported as error:
            await self._not_imported(call, one, error.verdict)
            return None

    def _in_doubt(self, call: Call, one: Creation) -> PostDoubt | None:
        if self._limits.settle is None or one.number in self._left:
            return None
        assert one.content is not None
        assert one.since is not None
        times = (one.since, one.not_before, bool(one.answered), one.doubts)
        return PostDoubt(call, one.number, one.content, one.assets, *times)

    async def _create(self, call: Call, one: Creation, turn: Turn) -> Call | PostDoubt | None:
        assert one.content is not None
        if not await self._asking.may_leave(turn):
            await self._release(call, one, None)
            raise Again
        asked_at = self._clock.monotonic()
        body = post_body(one.content.text, one.content.title, one.assets)
        try:
            post = await self._asking.ask(self._asking.client.create_post(call.team, body))
            if not post.id:
                raise Undecodable("the answer has a post without an id")
        except CallFailed as failure:
            what = verdict(failure, doubted=one.doubts > 0)
            return await self._failed(call, one, what, turn, asked_at)
        except Exception as error:  # a bug, and nobody knows what came of it
            await self._doubt(call, one, repr(error), answered=False)
            raise
        self._asking.served(turn)
        ident = post.id.lower() if is_uuid(post.id) else post.id
        await self._journal.write(partial(self._ledger.created, one, ident, self._clock.time()))
        log_of(call, f"post {ident} is created")
        return replace(call, post=ident)

    async def _failed(
        self, call: Call, one: Creation, what: Verdict, turn: Turn, asked_at: float
    ) -> PostDoubt | None:
        log_of(call, f"its post: {what.fate.name.lower().replace('_', ' ')}: {what.message}")
        doubt = await self._asking.failed(
            *(what, turn, partial(self._release, call, one)),
            partial(self._doubt, call, one, what.message, what.answered),
        )
        if what.fate is Fate.REJECTED:
            await self._refuse(call, one.number, what.code, what.message)
        if doubt is None or self._limits.settle is None:
            return None
        return replace(doubt, asked_at=asked_at)

    async def _doubt(self, call: Call, one: Creation, said: str, answered: bool) -> PostDoubt:
        doubt = partial(self._ledger.doubt_creation, call, one, answered, _LOST.format(said))
        return await self._journal.write(partial(doubt, self._clock.time()))

    async def _release(self, call: Call, one: Creation, what: Verdict | None) -> None:
        code, error = (what.code, what.message) if what else (None, None)
        await self._journal.write(partial(self._ledger.release_creation, call, one, code, error))

    async def _refuse(self, call: Call, number: int, code: str, said: str) -> None:
        refuse = partial(self._ledger.refuse_creation, call, number, code)
        count = await self._journal.write(partial(refuse, said, self._clock.time()))
        self._tally.count([Outcome(Status.REJECTED)] * count)

    # media

    async def _import(self, call: Call, one: Creation, turn: Turn) -> NoReturn:
        """What is missing; then it is taken anew."""
        assert one.content is not None
        note = partial(self._note, call, one)
        for number, url in enumerate(one.content.missing(one.imported)):
            if number == 0:
                await self._importer.bring_in(call, url, note, turn)
                self._asking.over(turn)
            else:
                async with self._asking.turn() as another:
                    await self._importer.bring_in(call, url, note, another)
        raise Again

    async def _not_imported(self, call: Call, one: Creation, what: Verdict) -> None:
        if what.fate is Fate.REJECTED:
            await self._refuse(call, one.number, what.code, what.message)
        else:
            await self._note(call, one, what)

    async def _note(self, call: Call, one: Creation, what: Verdict | None) -> None:
        """Why it waits."""
        if what:
            note = partial(self._ledger.note_creation, call, one.number, what.code, what.message)
            await self._journal.write(note)
