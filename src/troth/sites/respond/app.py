"""The respond site's routes, in one list: the only place that says which doors there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Route

from troth.sites.respond.desk import Desk, language_of
from troth.sites.respond.door import Door
from troth.sites.respond.ending import Ending
from troth.sites.respond.survey import Survey

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response


def routes(desk: Desk) -> list[Route]:
    """Every door of the site; all answer in English and Welsh."""
    door, survey, ending = Door(desk), Survey(desk), Ending(desk)

    def at(path: str, get: object, post: object = None) -> list[Route]:
        found = [Route(f"/{{language:language}}/{path}", get, methods=["GET"])]  # type: ignore[arg-type]
        if post is not None:
            found.append(Route(f"/{{language:language}}/{path}", post, methods=["POST"]))  # type: ignore[arg-type]
        return found

    async def support(request: Request) -> Response:
        language = language_of(request)
        return desk.pages.respond(language, "support.html", path=f"/{language}/support", pack=desk.pack)

    async def help_(request: Request) -> Response:
        language = language_of(request)
        return desk.pages.respond(language, "help.html", path=f"/{language}/help", pack=desk.pack)

    exits = [Route("/{language:language}/exit", door.leave, methods=["POST"])]
    return [
        *at("", door.show, door.knock),
        *at("return", door.returning, door.come_back),
        *at("page", survey.show, survey.save),
        *at("pause", door.pause, door.do_pause),
        *at("paused", door.paused),
        *at("delete", survey.ask_delete, survey.delete),
        *at("deleted", survey.deleted),
        *at("finish", ending.show, ending.send),
        *at("lost", ending.ask_lost, ending.find_lost),
        *at("support", support),
        *at("help", help_),
        *exits,
    ]
