"""Pages that were answered: sent again as the very bytes, for as long as they would come out the same.

Owns `remember_answers` and `Answered`. Called by `site`. Imports nothing of ours.

A page is a function of its view, of the snapshots that are kept and of which of them is published; none
of these changes under the same name. Fifty readers who look at the same pages then cost what one costs.
Each process of the server remembers by itself, within a bound of memory.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import NamedTuple

from flask import Flask, Response, g, request

#: The room for what one process remembers, in bytes: some thousand pages, compressed.
ROOM = 64 * 1024 * 1024

#: What a question of the browser is about; None: it is no such question.
Asked = Callable[[], Hashable | None]


class Answer(NamedTuple):
    """What was sent, what it is, and how it is encoded (empty: not)."""

    body: bytes
    content_type: str
    encoding: str


class Answered:
    """The latest answers, at most `room` bytes of them. Safe for threads."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._held = 0
        self._kept: OrderedDict[Hashable, Answer] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, asked: Hashable) -> Answer | None:
        """The answer; None if it is not kept."""
        with self._lock:
            if asked in self._kept:
                self._kept.move_to_end(asked)
            return self._kept.get(asked)

    def keep(self, asked: Hashable, answer: Answer) -> None:
        """Keep an answer; the oldest make room for it. One larger than all the room is not kept."""
        if len(answer.body) > self._room:
            return
        with self._lock:
            before = self._kept.pop(asked, None)
            self._held += len(answer.body) - (len(before.body) if before else 0)
            self._kept[asked] = answer
            while self._held > self._room:
                self._held -= len(self._kept.popitem(last=False)[1].body)


def remember_answers(server: Flask, asked: Asked, room: int = ROOM) -> None:
    """Answer what was asked before with what was answered then. To be called before anything that
    compresses answers. `asked` says what a request asks for, and of what; it is asked once more after
    the answer, which is kept only if nothing was published meanwhile, and `settle` was called. Who asks
    what is just being made waits for it: twice the same page at once takes both twice as long."""
    answers = Answered(room)
    making: dict[Hashable, threading.Event] = {}
    lock = threading.Lock()

    @server.before_request
    def known() -> Response | None:
        question = asked()
        if question is None:
            return None
        g.asked = question
        key = (question, request.headers.get("Accept-Encoding"))
        while (found := answers.get(key)) is None:
            with lock:
                made = making.get(key)
                if made is None:
                    g.making = key
                    making[key] = threading.Event()
                    return None
            made.wait()
        response = Response(found.body, content_type=found.content_type)
        if found.encoding:
            response.headers["Content-Encoding"] = found.encoding
        return response

    @server.after_request
    def learn(response: Response) -> Response:
        if g.get("settled") and response.status_code == 200 and asked() == g.get("asked"):
            encoding = response.headers.get("Content-Encoding", "")
            key = (g.asked, request.headers.get("Accept-Encoding"))
            answers.keep(key, Answer(response.get_data(), response.content_type, encoding))
        done()
        return response

    @server.teardown_request
    def done(_: BaseException | None = None) -> None:
        key = g.pop("making", None)
        if key is not None:
            with lock:
                made = making.pop(key)
            made.set()


def settle() -> None:
    """The page that is being answered would come out the same again: it tells of no failure."""
    g.settled = True
