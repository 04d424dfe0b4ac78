"""The respond site's routes, in one list: the only place that says which doors there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from troth.sites.respond.beside import Beside
from troth.sites.respond.door import Door
from troth.sites.respond.ending import Ending
from troth.sites.respond.survey import Survey

if TYPE_CHECKING:
    from troth.sites.respond.desk import Desk


def routes(desk: Desk) -> list[Route]:
    """Every door of the site; all answer in English and Welsh."""
    door, survey, ending, beside = Door(desk), Survey(desk), Ending(desk), Beside(desk)

    def at(path: str, get: object, post: object = None) -> list[Route]:
        found = [Route(f"/{{language:language}}/{path}", get, methods=["GET"])]  # type: ignore[arg-type]
        if post is not None:
            found.append(Route(f"/{{language:language}}/{path}", post, methods=["POST"]))  # type: ignore[arg-type]
        return found

    posted = {"exit": door.leave, "stay": beside.stay}
    exits = [Route(f"/{{language:language}}/{path}", post, methods=["POST"]) for path, post in posted.items()]
    return [
        *at("page", survey.show, survey.save),  # first: routes are tried in order, and this is where people are
        *at("", door.show, door.knock),
        *at("return", door.returning, door.come_back),
        *at("pause", door.pause, door.do_pause),
        *at("paused", door.paused),
        *at("delete", survey.ask_delete, survey.delete),
        *at("deleted", survey.deleted),
        *at("finish", ending.show, ending.send),
        *at("lost", ending.ask_lost, ending.find_lost),
        *at("before", beside.before),
        *at("between", beside.between, beside.go_on),
        *at("time", beside.time, beside.choose_time),
        *at("away", beside.away, beside.go_away),
        *at("support", beside.support),
        *at("help", beside.help),
        *at("cookies", beside.cookies),
        *exits,
    ]
